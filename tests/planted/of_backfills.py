"""Bugs of backfills: what is read over days, beside everybody else."""

from typing import Final

from tests.planted.plants import Plant

_PUBLICATION: Final = "tests/flow/test_window_publication.py"

BACKFILLS: Final = (
    Plant(
        name="older window row over a newer one",
        breaks="what a nightly run or a push has brought in is undone by a page that came before it",
        file="ucsync/flow/backfill/publication.py",
        old="passed_over = superseded(course.oids, scan.bases, later)",
        new="passed_over = superseded(course.oids, [parent.snapshot] * len(scan.bases), later)",
        tests=(f"{_PUBLICATION}::test_a_night_between_two_pages_keeps_what_it_has_read",),
    ),
    Plant(
        name="deleted customer comes back",
        breaks="who was deleted while a window was read is in the lake again",
        file="ucsync/store/touched.py",
        old="read_columns(lake.path_of(receipt.snapshot), entry, [name]).column(name).to_pylist()",
        new="row[name] for row in read_columns(lake.path_of(receipt.snapshot), entry, [name, "
        "*(['_op'] if name == OID else [])]).to_pylist() if row.get('_op') != 'delete'",
        tests=(f"{_PUBLICATION}::test_whoever_a_push_has_changed_deleted_or_merged_stays_so",),
    ),
    Plant(
        name="merged customer comes back",
        breaks="who was merged away before the lake had known them is brought in by a window",
        file="ucsync/store/touched.py",
        old="_COLUMNS: Final = {CHANGES: OID, MERGES: ABSORBED}",
        new="_COLUMNS: Final = {CHANGES: OID, ABSORBED: ABSORBED}",
        tests=(
            "tests/store/test_touched.py::test_whom_later_snapshots_have_touched_is_told_for_each_snapshot",
        ),
    ),
    Plant(
        name="new customer taken for a deleted one",
        breaks="who has come after a window's pages, and is in the lake by a nightly run, is removed",
        file="ucsync/flow/backfill/publication.py",
        old="return [oid for oid in found if oid not in touched]",
        new="return list(found)",
        tests=(
            "tests/flow/test_window_publication.py::test_who_comes_to_match_the_query_behind_the_pages_stays",
        ),
    ),
    Plant(
        name="deletions counted window by window",
        breaks="a mass deletion passes the guard in many small pieces",
        file="ucsync/flow/backfill/publication.py",
        old="removed, rows = backfill.deleted + len(missing), parent.rows + backfill.deleted",
        new="removed, rows = len(missing), parent.rows",
        tests=(f"{_PUBLICATION}::test_too_many_gone_need_a_persons_word_over_all_windows_together",),
    ),
    Plant(
        name="deletions from a window by time",
        breaks="whoever was changed out of a window is taken for deleted",
        file="ucsync/flow/backfill/publication.py",
        old="if proof is not Proof.PROVEN or backfill.by is not By.OID:",
        new="if proof is not Proof.PROVEN:",
        tests=(
            "tests/flow/test_standing.py::test_windows_by_time_over_a_lake_that_was_there_do_not_tell_who_is_gone",
        ),
    ),
    Plant(
        name="boundary between windows off by one",
        breaks="where the server takes a bound as outside, whoever signed up in that second is in no window",
        file="ucsync/plan/windows.py",
        old='filters[f"{name}_start"] = datetime.fromtimestamp(window.low - 1, UTC)',
        new='filters[f"{name}_start"] = datetime.fromtimestamp(window.low, UTC)',
        tests=("tests/flow/test_windows_by_time.py::test_by_time_nobody_falls_between_two_windows",),
    ),
    Plant(
        name="gap between windows by oid",
        breaks="the customers next to a window's bound are read by neither neighbour",
        file="ucsync/plan/windows.py",
        old="begin = backfill.total or 0 if reached is None else offset + SHARED_ROWS",
        new="begin = backfill.total or 0 if reached is None else offset - SHARED_ROWS",
        tests=(
            "tests/flow/test_windows_by_oid.py::test_by_oid_windows_cost_hardly_more_than_the_pages_that_customers_fill",
        ),
    ),
    Plant(
        name="no way made for others",
        breaks="a nightly run waits for a backfill until it gives up",
        file="ucsync/flow/turns.py",
        old='return any(is_held(self.locks, name) for name in self._names("turn"))',
        new="return False",
        tests=("tests/flow/test_turns.py::test_a_backfill_makes_way_for_whoever_needs_one_of_its_locks",),
    ),
    Plant(
        name="locks kept while waiting for quota",
        breaks="no nightly run comes through while a backfill waits",
        file="ucsync/app.py",
        old='return BookedBudget(book, lane, on_quota="stop", own=own, short_s=_STINT_WAIT_S)',
        new='return BookedBudget(book, lane, on_quota="wait", own=own, short_s=_STINT_WAIT_S)',
        tests=("tests/flow/backfill/test_pauses.py::test_it_waits_for_quota_and_keeps_nobody_out_meanwhile",),
    ),
    Plant(
        name="budget forgotten on resume",
        breaks="each start of the command may spend the whole of `--budget` again",
        file="ucsync/world.py",
        old='f"{application}-backfill", database,',
        new='f"{application}-backfill-{clock.now()}", database,',
        tests=(
            "tests/flow/backfill/test_pauses.py::test_its_own_budget_holds_across_runs_and_for_nobody_else",
        ),
    ),
    Plant(
        name="pages of another lake published",
        breaks="after the lake was set back, a window's pages take the place of newer rows",
        file="ucsync/flow/backfill/publication.py",
        old="return None if is_built_on(place.lake, parent, bases) else _SET_BACK",
        new="return None",
        tests=(f"{_PUBLICATION}::test_a_lake_that_is_set_back_while_a_window_is_read_has_it_read_anew",),
    ),
    Plant(
        name="half-read window of another backfill gone on with",
        breaks="pages of other bounds count as those of the window that is read",
        file="ucsync/plan/windows.py",
        old="if header.backfill != backfill.backfill:",
        new="if header.backfill is None:",
        tests=("tests/plan/test_windows.py::test_a_half_read_window_is_gone_on_with_only_where_it_belongs",),
    ),
    Plant(
        name="changes from the end of a backfill",
        breaks="what changed during the days of a first backfill is never read",
        file="ucsync/flow/backfill/beginning.py",
        old="watermark = min(found.server_time or now, now) - lag",
        new="watermark = now + 100 * lag",
        tests=(
            "tests/flow/backfill/test_beside_others.py::test_nightly_runs_are_on_time_and_all_that_others_do_meanwhile_is_in_the_lake",
        ),
    ),
    Plant(
        name="full scan beside a backfill",
        breaks="the first nightly run begins to read everything that the backfill is to bring in",
        file="ucsync/plan/scans.py",
        old="if parent.backfill is not None and parent.backfill.holds and _is_alike(parent.backfill, basis):",
        new="if parent.backfill is not None and parent.full_at is not None:",
        tests=(
            "tests/flow/backfill/test_beside_others.py::test_nightly_runs_are_on_time_and_all_that_others_do_meanwhile_is_in_the_lake",
        ),
    ),
    Plant(
        name="doubts of a backfill forgotten",
        breaks="a lake that is not known to be complete is called proven",
        file="ucsync/model/backfills.py",
        old="return self.finished and self.whole and not self.doubts and looked",
        new="return self.finished and self.whole and looked",
        tests=("tests/flow/test_standing.py::test_a_server_clock_that_is_set_back_meanwhile_leaves_a_doubt",),
    ),
)
