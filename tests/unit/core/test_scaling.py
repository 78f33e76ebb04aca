"""The scaling policy, rule by rule."""

from dataclasses import replace

from revo_edge.core.scaling import Autoscaler, Scale, View

CALM = View(
    active=4,
    busy=0,
    queued=0,
    oldest_wait_s=0.0,
    done_total=0,
    workers_cpu_ratio=0.0,
    host_cpu_ratio=0.1,
    cpu_age_s=0.0,
    cores=4,
    memory_available_bytes=8 << 30,
    worker_rss_bytes=50 << 20,
    min=4,
    max=16,
)
FULL = replace(CALM, busy=4, queued=10, oldest_wait_s=0.8)


def warm(policy: Autoscaler, view: View = FULL) -> float:
    """Let a burst last long enough for a CPU sample of it; return the time."""
    assert policy.observe(0.0, replace(view, oldest_wait_s=0.0)) is None
    return 1.1


def test_it_grows_by_half_and_says_why() -> None:
    policy = Autoscaler()
    scale = policy.observe(warm(policy), FULL)
    assert scale == Scale(6, "oldest task waited 0.8 s, 4 of 4 workers busy")


def test_it_does_not_grow_before_the_wait_is_long_or_while_a_worker_idles() -> None:
    policy = Autoscaler()
    now = warm(policy)
    assert policy.observe(now, replace(FULL, oldest_wait_s=0.4)) is None
    assert policy.observe(now, replace(FULL, busy=3)) is None
    assert policy.observe(now, replace(FULL, queued=0)) is None


def test_up_to_the_number_of_cores_it_grows_at_once() -> None:
    scale = Autoscaler().observe(0.0, replace(FULL, cores=8, cpu_age_s=99.0))
    assert scale is not None
    assert scale.target == 6


def test_it_never_grows_beyond_the_maximum() -> None:
    policy = Autoscaler()
    view = replace(FULL, active=15, busy=15)
    scale = policy.observe(warm(policy, view), view)
    assert scale is not None
    assert scale.target == 16
    assert policy.observe(9.0, replace(FULL, active=16, busy=16)) is None


def test_beyond_the_cores_it_wants_a_cpu_sample_of_this_burst() -> None:
    policy = Autoscaler()
    now = warm(policy)
    assert policy.observe(now, replace(FULL, cpu_age_s=0.5)) is None
    assert policy.last_reason == "waiting for a CPU sample of this burst"
    assert policy.observe(9.0, replace(FULL, cpu_age_s=2.5)) is None
    assert policy.observe(9.0, replace(FULL, cpu_age_s=1.5)) is not None


def test_workers_that_burn_the_cpu_get_no_company() -> None:
    policy = Autoscaler()
    burning = replace(FULL, workers_cpu_ratio=3.8, host_cpu_ratio=0.97)
    assert policy.observe(warm(policy), burning) is None
    assert policy.last_reason == (
        "no more than 4 workers: they use 3.8 of 4 cores, which are 97% busy"
    )
    assert policy.observe(2.0, replace(burning, host_cpu_ratio=0.5)) is not None


def test_a_growth_that_brings_nothing_is_taken_back_for_half_a_minute() -> None:
    policy = Autoscaler()
    done, now, view = 0, 0.0, FULL
    sizes = []
    while now < 40.0:
        done += 5  # 20 a second, however many workers there are
        scale = policy.observe(now, replace(view, done_total=done))
        if scale:
            sizes.append((scale.target, round(now)))
            view = replace(view, active=scale.target, busy=scale.target)
            reason = scale.reason
        now += 0.25
    assert [size for size, _ in sizes[:3]] == [6, 4, 6]
    assert sizes[2][1] - sizes[1][1] == 30
    assert reason == "6 workers ended 20.0 units/s, 4 had ended 20.0: no gain"


def test_a_growth_whose_gain_cannot_be_measured_stays() -> None:
    policy = Autoscaler()
    now = warm(policy)
    assert policy.observe(now, FULL) is not None
    more = replace(FULL, active=6, busy=6, done_total=3)
    scale = policy.observe(now + 0.5, more)
    assert scale is not None
    assert scale.target == 9


def test_memory_bounds_the_growth() -> None:
    policy = Autoscaler(memory_reserve_bytes=512 << 20)
    now = warm(policy)
    tight = replace(FULL, memory_available_bytes=(512 + 60) << 20)
    scale = policy.observe(now, tight)
    assert scale is not None
    assert scale.target == 5
    assert policy.observe(now, replace(FULL, memory_available_bytes=520 << 20)) is None
    assert policy.last_reason == "no more than 4 workers: 520 MB of memory available"


def test_idle_workers_over_the_need_go_in_one_step() -> None:
    policy = Autoscaler(idle_s=15.0)
    spare = replace(CALM, active=12, busy=5)
    assert policy.observe(0.0, spare) is None
    assert policy.observe(10.0, replace(spare, busy=7)) is None
    scale = policy.observe(15.0, spare)
    assert scale == Scale(7, "at most 7 of 12 workers busy for 15 s")
    assert policy.observe(40.0, CALM) is None


def test_waiting_work_starts_the_idle_time_anew() -> None:
    policy = Autoscaler(idle_s=15.0)
    spare = replace(CALM, active=12, busy=5)
    policy.observe(0.0, spare)
    policy.observe(10.0, replace(spare, queued=1))
    assert policy.observe(15.0, spare) is None
    assert policy.observe(30.0, spare) is not None


def test_it_never_shrinks_below_the_minimum() -> None:
    policy = Autoscaler(idle_s=1.0)
    policy.observe(0.0, replace(CALM, active=6))
    scale = policy.observe(2.0, replace(CALM, active=6))
    assert scale is not None
    assert scale.target == 4


def test_sixteen_workers_that_share_two_cores_still_count_as_computing() -> None:
    policy = Autoscaler()
    crowd = replace(
        FULL, cores=2, active=13, busy=13, workers_cpu_ratio=1.6, host_cpu_ratio=0.97, max=16
    )
    assert policy.observe(warm(policy), crowd) is None
    assert policy.last_reason.startswith("no more than 13 workers: they use 1.6 of 2 cores")
