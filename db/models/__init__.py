"""Typed tables. Importing this package registers all of them on `Base.metadata`."""

from db.models.attendance import AttendanceDay, Leave, OffPost, Punch, Shift
from db.models.audit import AuditEntry, ClosedMonth, ImportRun, RulebookVersion
from db.models.base import Base, UtcDateTime
from db.models.callbacks import Callback, CallbackAttempt
from db.models.calls import Call, Recording, Transcript, TranscriptSegment
from db.models.complaints import Complaint, ComplaintClock, ComplaintEvent
from db.models.people import Agent, SignIn, Team, User, UserTeam
from db.models.quality import Finding, FindingReview, Inspection

__all__ = [
    "Agent",
    "AttendanceDay",
    "AuditEntry",
    "Base",
    "Call",
    "Callback",
    "CallbackAttempt",
    "ClosedMonth",
    "Complaint",
    "ComplaintClock",
    "ComplaintEvent",
    "Finding",
    "FindingReview",
    "ImportRun",
    "Inspection",
    "Leave",
    "OffPost",
    "Punch",
    "Recording",
    "RulebookVersion",
    "Shift",
    "SignIn",
    "Team",
    "Transcript",
    "TranscriptSegment",
    "User",
    "UserTeam",
    "UtcDateTime",
]
