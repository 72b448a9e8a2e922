"""Bugs of keeping: what is on the disk, and what is on it after a bad moment."""

from typing import Final

from tests.planted.plants import Plant

KEEPING: Final = (
    Plant(
        name="cursor before data",
        breaks="CURRENT names a snapshot, and with it a watermark, that is not there yet",
        file="ucsync/store/lake.py",
        old="""            self._files.rename(building, self.path_of(receipt.snapshot))
            self._files.sync_folder(self._snapshots)
            self._files.sync_folder(self._building)
            self._point_at(receipt.snapshot)
""",
        new="""            self._point_at(receipt.snapshot)
            self._files.rename(building, self.path_of(receipt.snapshot))
            self._files.sync_folder(self._snapshots)
            self._files.sync_folder(self._building)
""",
        tests=(
            "tests/store/test_lake.py::test_every_file_and_name_is_on_the_disk_before_a_snapshot_shows_and_it_before_current_does",
        ),
    ),
    Plant(
        name="file not synced",
        breaks="a power loss leaves a receipt, or a page, that is empty",
        file="ucsync/store/lasting.py",
        old="        files.sync(file)\n",
        new="",
        tests=(
            "tests/store/test_lake.py::test_every_file_and_name_is_on_the_disk_before_a_snapshot_shows_and_it_before_current_does",
        ),
    ),
    Plant(
        name="part not synced",
        breaks="a power loss leaves a published snapshot whose customers are not there",
        file="ucsync/store/hashed_file.py",
        old="        self._files.sync(self._file)\n",
        new="",
        tests=("tests/flow/test_kills.py::test_a_power_loss_at_any_change_on_disk_costs_at_most_a_page",),
    ),
    Plant(
        name="folder not synced",
        breaks="a power loss takes the names of a published snapshot's files",
        file="ucsync/store/lake.py",
        old="""            for folder in _folders_bottom_up(building):
                self._files.sync_folder(folder)
""",
        new="",
        tests=(
            "tests/store/test_lake.py::test_every_file_and_name_is_on_the_disk_before_a_snapshot_shows_and_it_before_current_does",
        ),
    ),
    Plant(
        name="snapshot's name not synced",
        breaks="a power loss leaves CURRENT with the name of a snapshot that is gone",
        file="ucsync/store/lake.py",
        old="""            self._files.sync_folder(self._snapshots)
            self._files.sync_folder(self._building)
            self._point_at""",
        new="""            self._files.sync_folder(self._building)
            self._point_at""",
        tests=(
            "tests/store/test_lake.py::test_every_file_and_name_is_on_the_disk_before_a_snapshot_shows_and_it_before_current_does",
        ),
    ),
    Plant(
        name="CURRENT not synced",
        breaks="a run says that it has published, and a power loss takes it back",
        file="ucsync/store/lake.py",
        old="""        self._files.rename(self._next, self._current)
        self._files.sync_folder(self._folder)
""",
        new="""        self._files.rename(self._next, self._current)
""",
        tests=(
            "tests/store/test_lake.py::test_every_file_and_name_is_on_the_disk_before_a_snapshot_shows_and_it_before_current_does",
        ),
    ),
    Plant(
        name="staged page's name not synced",
        breaks="a power loss takes pages that were paid for",
        file="ucsync/store/staging.py",
        old="""                write_lasting(self._files, path, _packed(note, body))
                self._files.sync_folder(self._folder)
""",
        new="""                write_lasting(self._files, path, _packed(note, body))
""",
        tests=(
            "tests/store/test_staging.py::test_a_page_is_on_the_disk_before_its_name_and_both_before_the_next_request",
        ),
    ),
    Plant(
        name="newest snapshot not looked for",
        breaks="after a death a whole snapshot is there that no reader sees, and nothing can be published",
        file="ucsync/store/lake.py",
        old="return self._child_of(named) or named",
        new="return named",
        tests=(
            "tests/store/test_lake.py::test_whatever_dies_while_publishing_leaves_the_old_or_the_new_snapshot",
        ),
    ),
    Plant(
        name="another writer not noticed",
        breaks="of two runs with one lake one loses what it published",
        file="ucsync/store/lake.py",
        old="if receipt.parent != (current.snapshot if current else None):",
        new="if current is None and receipt.parent is not None:",
        tests=("tests/store/test_lake.py::test_a_snapshot_of_another_parent_than_the_current_is_refused",),
    ),
    Plant(
        name="current snapshot pruned",
        breaks="readers find no customers",
        file="ucsync/store/lake.py",
        old='last = {current.snapshot, current.parent or ""} if current else set()',
        new="last: set[str] = set()",
        tests=("tests/store/test_lake.py::test_no_policy_takes_the_first_the_current_or_the_one_before",),
    ),
    Plant(
        name="checksum ignored",
        breaks="a damaged part is read, and published again under a new checksum",
        file="ucsync/store/parts.py",
        old="if sha256(data).hexdigest() != entry.sha256:",
        new="if len(data) != entry.bytes:",
        tests=("tests/store/test_customers_at.py::test_a_damaged_part_is_refused",),
    ),
    Plant(
        name="checksum not verified",
        breaks="`ucsync snapshots verify` calls a damaged lake sound",
        file="ucsync/store/verifying.py",
        old="if digest.hexdigest() != entry.sha256:",
        new="if not digest.hexdigest():",
        tests=("tests/store/test_verifying.py::test_every_flipped_bit_of_every_file_is_found",),
    ),
    Plant(
        name="money through a float",
        breaks="amounts lose digits",
        file="ucsync/store/scalars.py",
        old="return Decimal(value, _EXACT).quantize(_NUMBER_STEP, context=_EXACT)",
        new="return Decimal(float(value)).quantize(_NUMBER_STEP)",
        tests=("tests/store/test_odd_values.py::test_a_value_is_exact_or_its_row_is_set_aside",),
    ),
    Plant(
        name="rows dropped in silence",
        breaks="a row that cannot be decoded is in no file, and nobody hears of it",
        file="ucsync/store/quarantine.py",
        old="""        with storage("writing quarantine"):
            if self._file is None:
                self._file = HashedFile(self._files, self._folder, QUARANTINE)
            self._file.write(msgspec.json.encode(line) + b"\\n")
        self.rows += 1
        if aside.oid is not None:
            self.oids.add(aside.oid)
""",
        new="",
        tests=("tests/flow/test_sync.py::test_a_row_set_aside_is_asked_for_again_until_it_can_be_read",),
    ),
    Plant(
        name="first page wins",
        breaks="of a customer on two pages the older version is published",
        file="ucsync/store/selection.py",
        old="return pa.concat_arrays([changes, pa.array([True])])",
        new="return pa.concat_arrays([pa.array([True]), changes])",
        tests=(
            "tests/flow/test_between_nights.py::test_of_a_customer_who_is_read_twice_the_later_version_is_published",
        ),
    ),
    Plant(
        name="old rows kept over new ones",
        breaks="changes are counted, and the state stays what it was",
        file="ucsync/store/merging.py",
        old="leaves = pc.or_(removed, replaced)",
        new="leaves = removed",
        tests=(
            "tests/flow/test_sync.py::test_the_first_sync_reads_everything_and_the_next_one_what_changed",
        ),
    ),
    Plant(
        name="deletions from an unproven scan",
        breaks="customers who were only not seen are removed",
        file="ucsync/flow/conclusion.py",
        old="if full and parent is not None and proof is Proof.PROVEN:",
        new="if full and parent is not None:",
        tests=("tests/flow/test_between_nights.py::test_who_is_not_seen_by_a_scan_that_is_not_proven_stays",),
    ),
    Plant(
        name="deletions from a look at changes",
        breaks="whoever has not changed tonight is removed",
        file="ucsync/flow/conclusion.py",
        old="if full and parent is not None and proof is Proof.PROVEN:",
        new="if parent is not None and proof is Proof.PROVEN:",
        tests=(
            "tests/flow/test_sync.py::test_the_first_sync_reads_everything_and_the_next_one_what_changed",
        ),
    ),
    Plant(
        name="unconfirmed customer removed",
        breaks="who was on no page, and is there when read singly, is removed",
        file="ucsync/flow/conclusion.py",
        old="gone += [oid] if is_gone else []",
        new="gone += [oid]",
        tests=(
            "tests/flow/test_sync.py::test_who_was_found_there_singly_makes_the_scan_unproven_after_a_stop_as_well",
        ),
    ),
    Plant(
        name="guard off by one",
        breaks="one customer more than a person has allowed is removed",
        file="ucsync/plan/deletes.py",
        old="if missing > allowed:",
        new="if missing > allowed + 1:",
        tests=("tests/plan/test_scans.py::test_so_many_may_vanish_and_not_one_more",),
    ),
    Plant(
        name="lock not taken",
        breaks="two runs read with one key at the same time, and publish one over the other",
        file="ucsync/store/locks.py",
        old="            held.enter_context(_lock(folder, name))\n        yield",
        new="            folder.mkdir(parents=True, exist_ok=True)\n        yield",
        tests=("tests/store/test_locks.py::test_a_second_run_is_told_at_once_who_is_in_the_way",),
    ),
)
