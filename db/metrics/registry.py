"""Every metric by its key, in the order in which the monthly meeting goes through them."""

from __future__ import annotations

from db.metrics.attendance import ATTENDANCE_METRICS
from db.metrics.attendance_cover import COVERAGE_METRICS
from db.metrics.attendance_hours import ATTENDANCE_HOUR_METRICS
from db.metrics.attendance_requests import ATTENDANCE_REQUEST_METRICS
from db.metrics.callbacks import CALLBACK_METRICS
from db.metrics.complaints import COMPLAINT_METRICS
from db.metrics.decisions import DECISION_METRICS
from db.metrics.definition import Metric
from db.metrics.quality import QUALITY_METRICS
from db.metrics.quality_disputes import DISPUTE_METRICS
from db.metrics.quality_estimates import ESTIMATE_METRICS
from db.metrics.quality_rules import RULE_METRICS
from db.metrics.repairs import REPAIR_METRICS
from db.metrics.surveys import SURVEY_METRICS

METRICS: dict[str, Metric] = {
    metric.key: metric
    for metric in (
        *COMPLAINT_METRICS,
        *DECISION_METRICS,
        *CALLBACK_METRICS,
        *REPAIR_METRICS,
        *SURVEY_METRICS,
        *ATTENDANCE_METRICS,
        *ATTENDANCE_HOUR_METRICS,
        *COVERAGE_METRICS,
        *ATTENDANCE_REQUEST_METRICS,
        *QUALITY_METRICS,
        *ESTIMATE_METRICS,
        *RULE_METRICS,
        *DISPUTE_METRICS,
    )
}
