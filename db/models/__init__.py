"""Typed tables. Importing this package registers all of them on `Base.metadata`."""

from db.models.attendance import AttendanceDay, DeviceCorrection, Leave, OffPost, Punch, Shift, ShiftChange
from db.models.audit import AuditEntry, ClosedMonth, ColumnMapping, ImportRun, RulebookVersion
from db.models.base import Base, UtcDateTime
from db.models.callbacks import Callback, CallbackAttempt
from db.models.calls import Call, Recording, Transcript, TranscriptSegment
from db.models.complaints import Complaint, ComplaintClock, ComplaintEvent, DepartmentAssignment
from db.models.decisions import Approval, Escalation, LedgerEntry
from db.models.handovers import AttendanceMonth, AttendanceMonthRow, Handover
from db.models.people import Agent, SignIn, Team, User, UserTeam
from db.models.quality import Finding, FindingReview, Inspection
from db.models.repairs import SurveyResponse, WorkOrder
from db.models.requests import CoverageNeed, LeaveEntry, Overtime, PunchCorrection, SwapRequest
from db.models.reviews import (
    AddedFinding,
    CalibrationCall,
    CalibrationMember,
    CalibrationRound,
    CallNote,
    CallReview,
    Dispute,
    Scorecard,
)
from db.models.rulebook_drafts import RulebookDraft
from db.models.samples import Sample, SampleCall, SampleDraw
from db.models.surges import SurgeAlert, SurgeCase
from db.models.workers import Worker

__all__ = [
    "AddedFinding",
    "Agent",
    "Approval",
    "AttendanceDay",
    "AttendanceMonth",
    "AttendanceMonthRow",
    "AuditEntry",
    "Base",
    "CalibrationCall",
    "CalibrationMember",
    "CalibrationRound",
    "Call",
    "CallNote",
    "CallReview",
    "Callback",
    "CallbackAttempt",
    "ClosedMonth",
    "ColumnMapping",
    "Complaint",
    "ComplaintClock",
    "ComplaintEvent",
    "CoverageNeed",
    "DepartmentAssignment",
    "DeviceCorrection",
    "Dispute",
    "Escalation",
    "Finding",
    "FindingReview",
    "Handover",
    "ImportRun",
    "Inspection",
    "Leave",
    "LeaveEntry",
    "LedgerEntry",
    "OffPost",
    "Overtime",
    "Punch",
    "PunchCorrection",
    "Recording",
    "RulebookDraft",
    "RulebookVersion",
    "Sample",
    "SampleCall",
    "SampleDraw",
    "Scorecard",
    "Shift",
    "ShiftChange",
    "SignIn",
    "SurgeAlert",
    "SurgeCase",
    "SurveyResponse",
    "SwapRequest",
    "Team",
    "Transcript",
    "TranscriptSegment",
    "User",
    "UserTeam",
    "UtcDateTime",
    "WorkOrder",
    "Worker",
]
