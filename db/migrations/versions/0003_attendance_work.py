"""hours worked on in the desk: leave and its account, swaps, corrected readings, overtime, handovers, fixed months

Revision: 0003, after: 0002. Made on 2026-11-22.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('attendance_months',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('locked_by', sa.String(length=80), nullable=False),
    sa.Column('locked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('rulebook_version', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_attendance_months_team_id_teams')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attendance_months')),
    sa.UniqueConstraint('team_id', 'month', name=op.f('uq_attendance_months_team_id_month'))
    )
    op.create_table('coverage_needs',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=False),
    sa.Column('post', sa.String(length=40), nullable=False),
    sa.Column('weekday', sa.Integer(), nullable=False),
    sa.Column('starts_minute', sa.Integer(), nullable=False),
    sa.Column('ends_minute', sa.Integer(), nullable=False),
    sa.Column('required', sa.Integer(), nullable=False),
    sa.Column('set_by', sa.String(length=80), nullable=False),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_coverage_needs_team_id_teams')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_coverage_needs')),
    sa.UniqueConstraint('team_id', 'post', 'weekday', 'starts_minute', name=op.f('uq_coverage_needs_team_id_post_weekday_starts_minute'))
    )
    op.create_table('attendance_month_rows',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('month_id', sa.Integer(), nullable=False),
    sa.Column('agent_id', sa.Integer(), nullable=False),
    sa.Column('totals', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('days', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agents.id'], name=op.f('fk_attendance_month_rows_agent_id_agents')),
    sa.ForeignKeyConstraint(['month_id'], ['attendance_months.id'], name=op.f('fk_attendance_month_rows_month_id_attendance_months'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attendance_month_rows')),
    sa.UniqueConstraint('month_id', 'agent_id', name=op.f('uq_attendance_month_rows_month_id_agent_id'))
    )
    op.create_table('overtime',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('agent_id', sa.Integer(), nullable=False),
    sa.Column('work_on', sa.Date(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('compensation', sa.String(length=20), nullable=False),
    sa.Column('requested_by', sa.String(length=80), nullable=False),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('required_role', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('decided_by', sa.String(length=80), nullable=False),
    sa.Column('decided_role', sa.String(length=20), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decision_note', sa.Text(), nullable=False),
    sa.Column('clauses', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('steps', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('rulebook_version', sa.String(length=64), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agents.id'], name=op.f('fk_overtime_agent_id_agents')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_overtime'))
    )
    with op.batch_alter_table('overtime', schema=None) as batch_op:
        batch_op.create_index('ix_overtime_agent', ['agent_id', 'work_on'], unique=False)
        batch_op.create_index('ix_overtime_state', ['state', 'work_on'], unique=False)

    op.create_table('handovers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=False),
    sa.Column('work_on', sa.Date(), nullable=False),
    sa.Column('post', sa.String(length=40), nullable=False),
    sa.Column('outgoing_shift_id', sa.Integer(), nullable=True),
    sa.Column('incoming_shift_id', sa.Integer(), nullable=True),
    sa.Column('outgoing_id', sa.Integer(), nullable=False),
    sa.Column('incoming_id', sa.Integer(), nullable=True),
    sa.Column('relief_named_by', sa.String(length=80), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('entries', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('written_by', sa.String(length=80), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('signed_out_by', sa.String(length=80), nullable=False),
    sa.Column('signed_out_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('signed_in_by', sa.String(length=80), nullable=False),
    sa.Column('signed_in_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('refused_by', sa.String(length=80), nullable=False),
    sa.Column('refused_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('refused_reason', sa.Text(), nullable=False),
    sa.Column('reviewed_by', sa.String(length=80), nullable=False),
    sa.Column('reviewed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('review_note', sa.Text(), nullable=False),
    sa.Column('rulebook_version', sa.String(length=64), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['incoming_id'], ['agents.id'], name=op.f('fk_handovers_incoming_id_agents')),
    sa.ForeignKeyConstraint(['incoming_shift_id'], ['shifts.id'], name=op.f('fk_handovers_incoming_shift_id_shifts'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['outgoing_id'], ['agents.id'], name=op.f('fk_handovers_outgoing_id_agents')),
    sa.ForeignKeyConstraint(['outgoing_shift_id'], ['shifts.id'], name=op.f('fk_handovers_outgoing_shift_id_shifts'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_handovers_team_id_teams')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_handovers')),
    sa.UniqueConstraint('outgoing_shift_id', name=op.f('uq_handovers_outgoing_shift_id'))
    )
    with op.batch_alter_table('handovers', schema=None) as batch_op:
        batch_op.create_index('ix_handovers_day', ['work_on', 'team_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_handovers_incoming_id'), ['incoming_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_handovers_outgoing_id'), ['outgoing_id'], unique=False)

    op.create_table('leave_entries',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('agent_id', sa.Integer(), nullable=False),
    sa.Column('type', sa.String(length=20), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('days', sa.Numeric(precision=10, scale=4), nullable=False),
    sa.Column('effective_on', sa.Date(), nullable=False),
    sa.Column('leave_id', sa.Integer(), nullable=True),
    sa.Column('overtime_id', sa.Integer(), nullable=True),
    sa.Column('reverses_id', sa.Integer(), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('entered_by', sa.String(length=80), nullable=False),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('steps', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('rulebook_version', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agents.id'], name=op.f('fk_leave_entries_agent_id_agents')),
    sa.ForeignKeyConstraint(['leave_id'], ['leave.id'], name=op.f('fk_leave_entries_leave_id_leave')),
    sa.ForeignKeyConstraint(['overtime_id'], ['overtime.id'], name=op.f('fk_leave_entries_overtime_id_overtime')),
    sa.ForeignKeyConstraint(['reverses_id'], ['leave_entries.id'], name=op.f('fk_leave_entries_reverses_id_leave_entries')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_leave_entries'))
    )
    with op.batch_alter_table('leave_entries', schema=None) as batch_op:
        batch_op.create_index('ix_leave_entries_account', ['agent_id', 'type', 'effective_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_leave_entries_leave_id'), ['leave_id'], unique=False)

    op.create_table('punch_corrections',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('agent_id', sa.Integer(), nullable=False),
    sa.Column('shift_id', sa.Integer(), nullable=True),
    sa.Column('work_on', sa.Date(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('replaces_id', sa.Integer(), nullable=True),
    sa.Column('punch_id', sa.Integer(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('evidence', sa.Text(), nullable=False),
    sa.Column('requested_by', sa.String(length=80), nullable=False),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('required_role', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('decided_by', sa.String(length=80), nullable=False),
    sa.Column('decided_role', sa.String(length=20), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decision_note', sa.Text(), nullable=False),
    sa.Column('clauses', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('steps', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('rulebook_version', sa.String(length=64), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agents.id'], name=op.f('fk_punch_corrections_agent_id_agents')),
    sa.ForeignKeyConstraint(['punch_id'], ['punches.id'], name=op.f('fk_punch_corrections_punch_id_punches')),
    sa.ForeignKeyConstraint(['replaces_id'], ['punches.id'], name=op.f('fk_punch_corrections_replaces_id_punches')),
    sa.ForeignKeyConstraint(['shift_id'], ['shifts.id'], name=op.f('fk_punch_corrections_shift_id_shifts'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_punch_corrections'))
    )
    with op.batch_alter_table('punch_corrections', schema=None) as batch_op:
        batch_op.create_index('ix_punch_corrections_agent', ['agent_id', 'work_on'], unique=False)
        batch_op.create_index('ix_punch_corrections_state', ['state', 'work_on'], unique=False)

    op.create_table('shift_changes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('shift_id', sa.Integer(), nullable=True),
    sa.Column('agent_id', sa.Integer(), nullable=False),
    sa.Column('work_on', sa.Date(), nullable=False),
    sa.Column('before', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('after', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('source', sa.String(length=20), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('changed_by', sa.String(length=80), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agents.id'], name=op.f('fk_shift_changes_agent_id_agents')),
    sa.ForeignKeyConstraint(['shift_id'], ['shifts.id'], name=op.f('fk_shift_changes_shift_id_shifts'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shift_changes'))
    )
    with op.batch_alter_table('shift_changes', schema=None) as batch_op:
        batch_op.create_index('ix_shift_changes_day', ['work_on', 'agent_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_shift_changes_shift_id'), ['shift_id'], unique=False)

    op.create_table('swap_requests',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('requester_id', sa.Integer(), nullable=False),
    sa.Column('partner_id', sa.Integer(), nullable=False),
    sa.Column('shift_id', sa.Integer(), nullable=True),
    sa.Column('payback_shift_id', sa.Integer(), nullable=True),
    sa.Column('swap_on', sa.Date(), nullable=False),
    sa.Column('payback_on', sa.Date(), nullable=True),
    sa.Column('form_number', sa.String(length=60), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('briefing', sa.Text(), nullable=False),
    sa.Column('consents', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('requested_by', sa.String(length=80), nullable=False),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('decided_by', sa.String(length=80), nullable=False),
    sa.Column('decided_role', sa.String(length=20), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decision_note', sa.Text(), nullable=False),
    sa.Column('failed_shift_id', sa.Integer(), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome_note', sa.Text(), nullable=False),
    sa.Column('clauses', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('steps', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('rulebook_version', sa.String(length=64), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['failed_shift_id'], ['shifts.id'], name=op.f('fk_swap_requests_failed_shift_id_shifts'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['partner_id'], ['agents.id'], name=op.f('fk_swap_requests_partner_id_agents')),
    sa.ForeignKeyConstraint(['payback_shift_id'], ['shifts.id'], name=op.f('fk_swap_requests_payback_shift_id_shifts'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['requester_id'], ['agents.id'], name=op.f('fk_swap_requests_requester_id_agents')),
    sa.ForeignKeyConstraint(['shift_id'], ['shifts.id'], name=op.f('fk_swap_requests_shift_id_shifts'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_swap_requests'))
    )
    with op.batch_alter_table('swap_requests', schema=None) as batch_op:
        batch_op.create_index('ix_swap_requests_partner', ['partner_id', 'swap_on'], unique=False)
        batch_op.create_index('ix_swap_requests_requester', ['requester_id', 'swap_on'], unique=False)
        batch_op.create_index('ix_swap_requests_state', ['state', 'swap_on'], unique=False)

    with op.batch_alter_table('attendance_days', schema=None) as batch_op:
        batch_op.add_column(sa.Column('off_post_minutes', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('extra_minutes', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('approved_extra_minutes', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('month_count', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('remarks', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), server_default='[]', nullable=False))

    with op.batch_alter_table('leave', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_emergency', sa.Boolean(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('proxy', sa.String(length=80), server_default='', nullable=False))
        batch_op.add_column(sa.Column('told_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('certificate_from_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('certificate_to_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('slip_received_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('returned_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('amends_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('required_role', sa.String(length=20), server_default='', nullable=False))
        batch_op.add_column(sa.Column('decided_role', sa.String(length=20), server_default='', nullable=False))
        batch_op.add_column(sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('decision_note', sa.Text(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('days', sa.Numeric(precision=8, scale=2), nullable=True))
        batch_op.add_column(sa.Column('violations', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), server_default='[]', nullable=False))
        batch_op.add_column(sa.Column('clauses', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), server_default='[]', nullable=False))
        batch_op.add_column(sa.Column('steps', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), server_default='[]', nullable=False))
        batch_op.add_column(sa.Column('rulebook_version', sa.String(length=64), server_default='', nullable=False))
        batch_op.add_column(sa.Column('row_version', sa.Integer(), server_default='1', nullable=False))
        batch_op.add_column(sa.Column('revision', sa.Integer(), server_default='1', nullable=False))
        batch_op.drop_constraint(batch_op.f('uq_leave_agent_id_starts_at_type'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_leave_agent_id_starts_at_type_revision'), ['agent_id', 'starts_at', 'type', 'revision'])
        batch_op.create_index('ix_leave_open', ['status', 'required_role'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_leave_amends_id_leave'), 'leave', ['amends_id'], ['id'])

    with op.batch_alter_table('off_post', schema=None) as batch_op:
        batch_op.add_column(sa.Column('kind', sa.String(length=20), server_default='off_post', nullable=False))
        batch_op.add_column(sa.Column('approved_by', sa.String(length=80), server_default='', nullable=False))
        batch_op.add_column(sa.Column('replacement', sa.String(length=80), server_default='', nullable=False))
        batch_op.add_column(sa.Column('recorded_by', sa.String(length=80), server_default='', nullable=False))
        batch_op.add_column(sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table('punches', schema=None) as batch_op:
        batch_op.add_column(sa.Column('source', sa.String(length=20), server_default='import', nullable=False))
        batch_op.add_column(sa.Column('recorded_by', sa.String(length=80), server_default='', nullable=False))



def downgrade() -> None:
    with op.batch_alter_table('punches', schema=None) as batch_op:
        batch_op.drop_column('recorded_by')
        batch_op.drop_column('source')

    with op.batch_alter_table('off_post', schema=None) as batch_op:
        batch_op.drop_column('recorded_at')
        batch_op.drop_column('recorded_by')
        batch_op.drop_column('replacement')
        batch_op.drop_column('approved_by')
        batch_op.drop_column('kind')

    with op.batch_alter_table('leave', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_leave_amends_id_leave'), type_='foreignkey')
        batch_op.drop_index('ix_leave_open')
        batch_op.drop_constraint(batch_op.f('uq_leave_agent_id_starts_at_type_revision'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_leave_agent_id_starts_at_type'), ['agent_id', 'starts_at', 'type'])
        batch_op.drop_column('revision')
        batch_op.drop_column('row_version')
        batch_op.drop_column('rulebook_version')
        batch_op.drop_column('steps')
        batch_op.drop_column('clauses')
        batch_op.drop_column('violations')
        batch_op.drop_column('days')
        batch_op.drop_column('decision_note')
        batch_op.drop_column('decided_at')
        batch_op.drop_column('decided_role')
        batch_op.drop_column('required_role')
        batch_op.drop_column('amends_id')
        batch_op.drop_column('returned_at')
        batch_op.drop_column('slip_received_on')
        batch_op.drop_column('certificate_to_on')
        batch_op.drop_column('certificate_from_on')
        batch_op.drop_column('told_at')
        batch_op.drop_column('proxy')
        batch_op.drop_column('is_emergency')

    with op.batch_alter_table('attendance_days', schema=None) as batch_op:
        batch_op.drop_column('remarks')
        batch_op.drop_column('month_count')
        batch_op.drop_column('approved_extra_minutes')
        batch_op.drop_column('extra_minutes')
        batch_op.drop_column('off_post_minutes')

    with op.batch_alter_table('swap_requests', schema=None) as batch_op:
        batch_op.drop_index('ix_swap_requests_state')
        batch_op.drop_index('ix_swap_requests_requester')
        batch_op.drop_index('ix_swap_requests_partner')

    op.drop_table('swap_requests')
    with op.batch_alter_table('shift_changes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_shift_changes_shift_id'))
        batch_op.drop_index('ix_shift_changes_day')

    op.drop_table('shift_changes')
    with op.batch_alter_table('punch_corrections', schema=None) as batch_op:
        batch_op.drop_index('ix_punch_corrections_state')
        batch_op.drop_index('ix_punch_corrections_agent')

    op.drop_table('punch_corrections')
    with op.batch_alter_table('leave_entries', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_leave_entries_leave_id'))
        batch_op.drop_index('ix_leave_entries_account')

    op.drop_table('leave_entries')
    with op.batch_alter_table('handovers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_handovers_outgoing_id'))
        batch_op.drop_index(batch_op.f('ix_handovers_incoming_id'))
        batch_op.drop_index('ix_handovers_day')

    op.drop_table('handovers')
    with op.batch_alter_table('overtime', schema=None) as batch_op:
        batch_op.drop_index('ix_overtime_state')
        batch_op.drop_index('ix_overtime_agent')

    op.drop_table('overtime')
    op.drop_table('attendance_month_rows')
    op.drop_table('coverage_needs')
    op.drop_table('attendance_months')
