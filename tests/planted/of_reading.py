"""Bugs of reading: rows that are lost between pages and between nights."""

from typing import Final

from tests.planted.plants import Plant

READING: Final = (
    Plant(
        name="cursor by our clock",
        breaks="changes are lost where our clock runs ahead of the server's",
        file="ucsync/flow/course.py",
        old="instant = min(told or observed_at, observed_at)",
        new="instant = observed_at",
        tests=(
            "tests/flow/test_between_nights.py::test_no_change_is_lost_where_our_clock_and_the_servers_disagree",
        ),
    ),
    Plant(
        name="cursor at the last page",
        breaks="what changed while the pages came is never asked for again",
        file="ucsync/flow/course.py",
        old="self._earliest = min(self._earliest or instant, instant)",
        new="self._earliest = max(self._earliest or instant, instant)",
        tests=(
            "tests/flow/test_between_nights.py::test_who_changes_while_changes_are_caught_up_with_is_read_the_next_night",
        ),
    ),
    Plant(
        name="cursor without a lag",
        breaks="changes that the server writes late, or in the same second, are lost",
        file="ucsync/flow/course.py",
        old="return None if self._earliest is None else self._earliest - self._lag",
        new="return None if self._earliest is None else self._earliest",
        tests=(
            "tests/flow/test_between_nights.py::test_what_changes_in_the_very_second_of_a_run_is_read_by_the_next",
        ),
    ),
    Plant(
        name="cursor moved by an unproven scan",
        breaks="what an unproven scan has missed is never asked for again",
        file="ucsync/flow/conclusion.py",
        old="watermark = parent.watermark  # what was missed has to be asked for again",
        new="watermark = course.watermark",
        tests=("tests/flow/test_paging_lies.py::test_what_an_unproven_scan_missed_is_read_by_the_next_one",),
    ),
    Plant(
        name="no overlap",
        breaks="a page that begins where the last one ended cannot show that rows moved",
        file="ucsync/ultracart/scanning.py",
        old="self.ask = Ask(end - self._overlap(page), ask.limit, ask.sort)",
        new="self.ask = Ask(end, ask.limit, ask.sort)",
        tests=(
            "tests/ultracart/test_scanning.py::test_a_list_at_rest_is_read_once_with_the_overlap_and_no_request_more",
        ),
    ),
    Plant(
        name="greater for greater or equal",
        breaks="two pages that share one row are taken for pages with a gap between them",
        file="ucsync/ultracart/scanning.py",
        old="return bool(page.oids) and page.oids[0] <= self._last_oid",
        new="return bool(page.oids) and page.oids[0] < self._last_oid",
        tests=(
            "tests/ultracart/test_scanning.py::test_a_list_at_rest_is_read_once_with_the_overlap_and_no_request_more",
        ),
    ),
    Plant(
        name="pages not joined",
        breaks="a customer is skipped when another is deleted ahead of them",
        file="ucsync/ultracart/scanning.py",
        old="elif self._unjoined or self._joins(ask, page):",
        new="elif True:",
        tests=("tests/ultracart/test_scanning.py::test_a_mass_deletion_while_reading_is_repaired",),
    ),
    Plant(
        name="stale offset used again",
        breaks="after a step back the walk goes on where it had been before, and rows between are lost",
        file="ucsync/ultracart/scanning.py",
        old="self.ask = Ask(end - self._overlap(page), ask.limit, ask.sort)",
        new="self.ask = Ask(self._furthest - self._overlap(page), ask.limit, ask.sort)",
        tests=("tests/ultracart/test_scanning.py::test_a_mass_deletion_while_reading_is_repaired",),
    ),
    Plant(
        name="ignored sort believed",
        breaks="a server that ignores the sort is read as if it kept it",
        file="ucsync/ultracart/scanning.py",
        old="            return not ascends(page)\n",
        new="            return False\n",
        tests=("tests/ultracart/test_scanning.py::test_a_sort_that_is_ignored_is_noticed",),
    ),
    Plant(
        name="catch-up from the end",
        breaks="who was modified while the pages came, and so moved between them, is not read again",
        file="ucsync/flow/course.py",
        old="if len(self._starts) < len(self._walks):",
        new="if page.rows:",
        tests=(
            "tests/flow/test_churn.py::test_customers_whose_e_mail_changes_move_in_that_order_and_are_caught_up_with",
        ),
    ),
    Plant(
        name="no catch-up",
        breaks="who moved between two pages of a list in another order is in no snapshot",
        file="ucsync/flow/course.py",
        old="            return not last.in_one_page\n",
        new="            return False\n",
        tests=(
            "tests/flow/test_between_nights.py::test_of_a_customer_who_is_read_twice_the_later_version_is_published",
        ),
    ),
    Plant(
        name="server's count ignored",
        breaks="a scan that has read fewer customers than there are is called proven",
        file="ucsync/plan/scans.py",
        old="if total is not None and distinct < total:",
        new="if total is None:",
        tests=("tests/plan/test_scans.py::test_proof_needs_sound_passes_the_catch_up_and_counts_that_agree",),
    ),
    Plant(
        name="pages staged at the end",
        breaks="a killed scan reads again what it had paid for",
        file="ucsync/flow/scan.py",
        old="""                self._stage(step, page, body)

    async def is_gone""",
        new="""                self.later = [*getattr(self, "later", ()), (step, page, body)]
        for one in getattr(self, "later", ()):
            self._stage(*one)

    async def is_gone""",
        tests=("tests/flow/test_sync.py::test_a_stopped_run_goes_on_where_it_was",),
    ),
    Plant(
        name="staged page not checked",
        breaks="a torn page is published as it is",
        file="ucsync/store/staging.py",
        old="if magic != _FRAME_MAGIC or crc != crc32(view[_FRAME.size :]):",
        new="if magic != _FRAME_MAGIC:",
        tests=("tests/store/test_staging.py::test_a_torn_page_is_dropped_wherever_it_is_torn",),
    ),
    Plant(
        name="staged header not checked",
        breaks="a scan goes on from an instant with a digit that was not written",
        file="ucsync/store/staging.py",
        old="if found.format != _FORMAT or found.crc != crc32(found.header):",
        new="if found.format != _FORMAT:",
        tests=(
            "tests/store/test_state_bytes.py::test_whatever_becomes_of_staged_pages_they_are_as_they_came_or_cut_and_said",
        ),
    ),
    Plant(
        name="scan of another configuration gone on with",
        breaks="a snapshot holds pages with other fields than the configuration asks for",
        file="ucsync/plan/scans.py",
        old="""    if header.fingerprint != own.fingerprint:
        return "the configuration of what is read has changed since"
""",
        new="",
        tests=("tests/plan/test_scans.py::test_a_half_finished_scan_that_does_not_fit_says_why",),
    ),
    Plant(
        name="scan of another snapshot gone on with",
        breaks="a scan concludes from a lake that was set back meanwhile",
        file="ucsync/plan/scans.py",
        old="if header.parent != (parent.snapshot if parent else None):",
        new="if header.parent is None and parent is not None:",
        tests=(
            "tests/flow/test_between_nights.py::test_a_scan_that_stood_on_a_snapshot_which_is_gone_is_not_gone_on_with",
        ),
    ),
)
