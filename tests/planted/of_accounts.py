"""Bugs of customers' accounts: what is sent for them, how their archives come to be, and who sees them."""

from typing import Final

from tests.planted.plants import Plant

_SENDING: Final = "tests/ultracart/my_account/test_sending.py"
_SESSIONS: Final = "tests/net/my_account/test_sessions.py"
_ARCHIVE: Final = "tests/store/account_archive/test_archive.py"
_RESUMING: Final = "tests/flow/account/test_resuming.py"

ACCOUNTS: Final = (
    Plant(
        name="empty text for a number",
        breaks="a form's empty field goes out as text where the server reads a number, and becomes anything",
        file="ucsync/ultracart/my_account/checking.py",
        old="        elif held is None:\n",
        new='        elif held is None or held == "":\n',
        tests=(f"{_SENDING}::test_text_in_a_number_field_is_not_sent",),
    ),
    Plant(
        name="texts of any length",
        breaks="an address or a message that is too long is sent, and cut off or refused by the server",
        file="ucsync/ultracart/my_account/checking.py",
        old="    yield from value_faults(field, held, where)\n",
        new="    if type(held) is not str or field.kind is not Kind.TEXT:\n"
        "        yield from value_faults(field, held, where)\n",
        tests=(f"{_SENDING}::test_a_text_of_the_full_length_is_sent_and_one_unit_more_is_not",),
    ),
    Plant(
        name="made-up id left out unsaid",
        breaks="who names the id of a new address believes that it has that one, and changes another later",
        file="ucsync/ultracart/my_account/checking.py",
        old="        elif row.inserts and _is_id(field):\n",
        new="        elif row.inserts and field.assigned:\n",
        tests=(f"{_SENDING}::test_an_id_that_a_client_has_made_up_is_not_sent",),
    ),
    Plant(
        name="cart of the other spelling",
        breaks="where the server spells the cookie as the vendor's page does, nobody stays logged in",
        file="ucsync/ultracart/my_account/session.py",
        old="if name.strip().lower() == CART_COOKIE.lower():",
        new="if name.strip() == CART_COOKIE:",
        tests=(
            "tests/ultracart/my_account/test_sessions.py"
            "::test_the_cart_is_learned_from_the_cookie_in_either_spelling",
        ),
    ),
    Plant(
        name="refused password sent again",
        breaks="every waiting task sends the wrong password once more, until the account is locked",
        file="ucsync/net/account_session.py",
        old="            self._refused.add(credentials)  # a wrong password too many may lock the account\n",
        new="",
        tests=(
            f"{_SESSIONS}::test_a_refused_password_is_sent_once_and_never_again",
            f"{_SESSIONS}::test_tasks_that_wait_do_not_send_a_refused_password_again",
        ),
    ),
    Plant(
        name="each task logs in for itself",
        breaks="a session that ran out costs a login for each request under way, each ending the one before",
        file="ucsync/net/account_session.py",
        old="            if self._logins == known:\n",
        new="            if self._logins >= known:\n",
        tests=(f"{_SESSIONS}::test_twenty_tasks_share_one_login",),
    ),
    Plant(
        name="not repeated after the login",
        breaks="whenever a session has run out the call fails, though the client is logged in again",
        file="ucsync/net/account_session.py",
        old="                await self._log_in_again(send, request)\n"
        "        answer = await _unless_refused(send, request)\n",
        new="                await self._log_in_again(send, request)\n",
        tests=(f"{_SESSIONS}::test_a_call_that_needs_a_login_logs_in_and_is_repeated_once",),
    ),
    Plant(
        name="shifted page taken as proven",
        breaks="an order placed while pages turn is not in the archive, and its list is called proven",
        file="ucsync/flow/account_walk.py",
        old="""        elif len(set(totals)) > 1:
            doubts.append(f"the server counted {totals[0]} at first and {totals[-1]} in the end")
        if twice:
            doubts.append(f"{twice} came twice")
        if nameless:
            doubts.append(f"{nameless} have no id")
        if totals and totals[-1] is not None and len(named) + nameless != totals[-1]:
""",
        new="""        if nameless:
            doubts.append(f"{nameless} have no id")
        if totals and totals[-1] is not None and len(named) + nameless + twice != totals[-1]:
""",
        tests=(
            "tests/flow/account/test_export.py"
            "::test_an_order_placed_meanwhile_is_read_and_the_list_is_proven_in_the_end",
        ),
    ),
    Plant(
        name="old first page trusted",
        breaks="an order that took another's place between two runs is missing from a list called proven",
        file="ucsync/flow/account_walk.py",
        old="return (self.keys, self.total) == (other.keys, other.total)",
        new="return self.total == other.total",
        tests=(f"{_RESUMING}::test_as_many_orders_are_not_the_same_orders",),
    ),
    Plant(
        name="progress not masked",
        breaks="a run that dies leaves card numbers and the password on the disk",
        file="ucsync/store/account_archive/progress.py",
        old="            self._files.write(self._file, _record(kept.asked, kept.body))\n",
        new="            self._files.write(self._file, _record(kept.asked, body))\n",
        tests=(f"{_ARCHIVE}::test_progress_keeps_answers_in_their_order_masked",),
    ),
    Plant(
        name="card number in groups",
        breaks="a card number that a customer has typed with blanks stands in the archive",
        file="ucsync/store/account_archive/masking.py",
        old=r're.compile(rf"(?<!\d)[2-6](?:{_BETWEEN}{{0,3}}\d){{12,}}")',
        new=r're.compile(r"(?<!\d)[2-6]\d{12,}")',
        tests=(
            "tests/store/account_archive/test_masking.py"
            "::test_what_must_not_be_kept_is_masked_where_it_stands",
        ),
    ),
    Plant(
        name="manifest before its files",
        breaks="a power loss leaves an archive that is called complete, and has no tables",
        file="ucsync/store/account_archive/archive.py",
        old="""        with storage("writing an archive"):
            for folder in (RECEIVED, TABLE_FOLDER):
                self._files.sync_folder(self.out / folder)
            self._files.sync_folder(self.out)
""",
        new="",
        tests=(f"{_RESUMING}::test_a_power_loss_costs_at_most_an_answer",),
    ),
    Plant(
        name="torn end of progress kept",
        breaks="whatever is answered behind a torn record is lost with the next death, again and again",
        file="ucsync/store/account_archive/progress.py",
        old="    return _written(files, path, header, kept, mask)\n",
        new='    return Progress(files, header, kept, path.open("ab", 0), mask)\n',
        tests=(f"{_RESUMING}::test_a_torn_or_damaged_end_of_the_progress_is_asked_for_again",),
    ),
    Plant(
        name="answer not synced",
        breaks="a power loss takes every answer since the run began, and thousands are asked for again",
        file="ucsync/store/account_archive/progress.py",
        old="            self._files.write(self._file, _record(kept.asked, kept.body))\n"
        "            self._files.sync(self._file)\n",
        new="            self._files.write(self._file, _record(kept.asked, kept.body))\n",
        tests=(f"{_ARCHIVE}::test_an_answer_is_on_the_disk_before_the_next_is_asked_for",),
    ),
    Plant(
        name="fourth refused login",
        breaks="a customer's account is locked by a password that is wrong in the configuration",
        file="ucsync/store/logins.py",
        old="if len(tries) >= REFUSED_MAX:",
        new="if len(tries) > REFUSED_MAX:",
        tests=("tests/store/test_logins.py::test_after_three_refusals_within_the_hour_no_login_is_sent",),
    ),
    Plant(
        name="half an export in the lake",
        breaks="who asks while an export is published, or after it died, finds some of a customer's orders",
        file="ucsync/store/account_lake.py",
        old="        files.rename(place, old)\n        files.sync_folder(accounts)\n",
        new="        remove_tree(files, place)\n",
        tests=(
            "tests/store/test_account_lake.py"
            "::test_whatever_fails_the_old_or_the_new_is_there_and_the_next_one_leaves_nothing_beside",
        ),
    ),
    Plant(
        name="somebody else's archive taken back",
        breaks="forgetting one customer removes the archives of all the others",
        file="ucsync/store/forgetting/written.py",
        old="        return entry.deed.of in map(str, people.oids)\n",
        new="        return True\n",
        tests=(
            "tests/store/test_forgetting_accounts.py"
            "::test_nothing_of_an_account_is_left_and_everything_of_others_is",
        ),
    ),
    Plant(
        name="comments at standard",
        breaks="what customers write under their orders is in a warehouse that is to show nobody",
        file="ucsync/store/warehouse/account_privacy.py",
        old='        "comments": HIDDEN,\n',
        new='        "comments": OWN_WORDS,\n',
        tests=(
            "tests/store/warehouse/test_account_orders.py"
            "::test_at_standard_no_byte_and_no_value_tells_a_person",
        ),
    ),
)
