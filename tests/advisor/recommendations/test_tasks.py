"""The tick and a real worker: advice comes without anybody asking."""

import pytest
from django.utils import timezone

from advisor.recommendations.models import Recommendation
from advisor.recommendations.tasks import PER_MESSAGE, _in_messages, tick
from advisor.supervisor.processes import wait_until
from tests.advisor.recommendations.market import open_market
from tests.factories.workloads import WorkloadRevisionFactory


@pytest.mark.worker
def test_the_tick_has_a_worker_advise_a_new_workload(celery_worker):
    open_market()
    workload = WorkloadRevisionFactory().workload
    before = timezone.now()

    tick()

    advised = Recommendation.objects.filter(workload=workload)
    assert wait_until(advised.exists, patience_s=30)
    assert advised.get().cause == "schedule"
    assert advised.get().created_at >= before


def test_messages_hold_the_workloads_of_one_organization_each():
    first, second = list(range(PER_MESSAGE + 1)), [0]

    messages = list(_in_messages([first, second]))

    assert [len(each) for each in messages] == [PER_MESSAGE, 1, 1]
    assert messages[1] == [str(PER_MESSAGE)]
