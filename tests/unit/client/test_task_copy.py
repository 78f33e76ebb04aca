"""However changes are cut into updates, who takes them holds what the record holds."""

from hypothesis import given
from hypothesis import strategies as st

from revo_edge.client.task_copy import TaskCopy
from revo_edge.contract.tasks import TaskInfo
from tests.unit.store.rows import info as sample

_keys = st.sampled_from([f"t{n}" for n in range(6)])
_steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), _keys),
        st.tuples(st.just("remove"), _keys),
        st.tuples(st.sampled_from(["update", "update all", "take"]), st.just("")),
    ),
    max_size=60,
)


@given(_steps)
def test_what_was_taken_adds_up_to_the_record(steps: list[tuple[str, str]]) -> None:
    record: dict[str, TaskInfo] = {}
    touched: dict[str, None] = {}
    copy, view = TaskCopy(), dict[str, TaskInfo]()
    for step, key in [*steps, ("update", ""), ("take", "")]:
        if step == "put":
            record[key] = sample(key)
            touched[key] = None
        elif step == "remove":
            record.pop(key, None)
            touched[key] = None
        elif step == "take":
            apply(view, copy)
        else:
            copy.update(record, None if step == "update all" else touched)
            touched.clear()
            assert copy.tasks == record
    assert view == record
    assert all(view[key] is record[key] for key in record)


def apply(view: dict[str, TaskInfo], copy: TaskCopy) -> None:
    """Do what a view does; it must never be told of a removed task that it does not hold."""
    changed, removed = copy.take()
    assert [info.id for info in changed] == sorted(info.id for info in changed)
    for key in removed:
        del view[key]
    for info in changed:
        view[info.id] = info


def test_nothing_changed_is_nothing_taken() -> None:
    copy = TaskCopy()
    record = {"a": sample("a")}
    copy.update(record, None)
    assert copy.take() == ((record["a"],), ())
    copy.update(record, None)
    copy.update(record, ["a", "gone"])
    assert copy.take() == ((), ())
