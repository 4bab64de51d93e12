"""complaints worked on in the desk: departments, approvals, reports, penalties, surges, repairs, surveys

Revision: 0002, after: 0001. Made on 2026-11-22.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('column_mappings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('header_hash', sa.String(length=64), nullable=False),
    sa.Column('titles', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('mapping', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('saved_by', sa.String(length=80), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_column_mappings')),
    sa.UniqueConstraint('kind', 'header_hash', name=op.f('uq_column_mappings_kind_header_hash'))
    )
    op.create_table('approvals',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('complaint_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('amount', sa.Numeric(precision=12, scale=2), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('requested_by', sa.String(length=80), nullable=False),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('requested_on', sa.Date(), nullable=False),
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
    sa.ForeignKeyConstraint(['complaint_id'], ['complaints.id'], name=op.f('fk_approvals_complaint_id_complaints'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_approvals'))
    )
    with op.batch_alter_table('approvals', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_approvals_complaint_id'), ['complaint_id'], unique=False)
        batch_op.create_index('ix_approvals_open', ['state', 'required_role'], unique=False)
        batch_op.create_index(batch_op.f('ix_approvals_requested_on'), ['requested_on'], unique=False)

    op.create_table('department_assignments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('complaint_id', sa.Integer(), nullable=False),
    sa.Column('department', sa.String(length=80), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answer_due_on', sa.Date(), nullable=True),
    sa.Column('signed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('signed_by', sa.String(length=80), nullable=False),
    sa.Column('returned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cause', sa.String(length=20), nullable=False),
    sa.Column('findings', sa.Text(), nullable=False),
    sa.Column('measures', sa.Text(), nullable=False),
    sa.Column('rectify_due_on', sa.Date(), nullable=True),
    sa.Column('rectified_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('verified_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('verified_by', sa.String(length=80), nullable=False),
    sa.Column('is_sufficient', sa.Boolean(), nullable=True),
    sa.Column('recalled_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['complaint_id'], ['complaints.id'], name=op.f('fk_department_assignments_complaint_id_complaints'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_department_assignments')),
    sa.UniqueConstraint('complaint_id', 'department', 'sent_at', name=op.f('uq_department_assignments_complaint_id_department_sent_at'))
    )
    with op.batch_alter_table('department_assignments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_department_assignments_complaint_id'), ['complaint_id'], unique=False)
        batch_op.create_index('ix_department_assignments_open', ['department', 'returned_at'], unique=False)

    op.create_table('escalations',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('complaint_id', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(length=30), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('proposal', sa.Text(), nullable=False),
    sa.Column('from_role', sa.String(length=20), nullable=False),
    sa.Column('to_role', sa.String(length=20), nullable=False),
    sa.Column('raised_by', sa.String(length=80), nullable=False),
    sa.Column('raised_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('raised_on', sa.Date(), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=True),
    sa.Column('is_urgent', sa.Boolean(), nullable=False),
    sa.Column('is_bypass', sa.Boolean(), nullable=False),
    sa.Column('skipped_roles', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('report_due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reported_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reported_by', sa.String(length=80), nullable=False),
    sa.Column('report_note', sa.Text(), nullable=False),
    sa.Column('answered_by', sa.String(length=80), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('instruction', sa.Text(), nullable=False),
    sa.Column('clauses', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('steps', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('rulebook_version', sa.String(length=64), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['complaint_id'], ['complaints.id'], name=op.f('fk_escalations_complaint_id_complaints'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_escalations_team_id_teams')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_escalations'))
    )
    with op.batch_alter_table('escalations', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_escalations_complaint_id'), ['complaint_id'], unique=False)
        batch_op.create_index('ix_escalations_open', ['answered_at', 'to_role'], unique=False)
        batch_op.create_index(batch_op.f('ix_escalations_raised_on'), ['raised_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_escalations_team_id'), ['team_id'], unique=False)

    op.create_table('ledger_entries',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('complaint_id', sa.Integer(), nullable=True),
    sa.Column('reverses_id', sa.Integer(), nullable=True),
    sa.Column('trigger', sa.String(length=60), nullable=False),
    sa.Column('subject_kind', sa.String(length=20), nullable=False),
    sa.Column('subject', sa.String(length=80), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('amount', sa.Numeric(precision=12, scale=2), nullable=False),
    sa.Column('factor', sa.Numeric(precision=6, scale=2), nullable=False),
    sa.Column('cause', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('proposed_on', sa.Date(), nullable=False),
    sa.Column('decided_by', sa.String(length=80), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decision_note', sa.Text(), nullable=False),
    sa.Column('clauses', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('steps', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('rulebook_version', sa.String(length=64), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['complaint_id'], ['complaints.id'], name=op.f('fk_ledger_entries_complaint_id_complaints'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['reverses_id'], ['ledger_entries.id'], name=op.f('fk_ledger_entries_reverses_id_ledger_entries')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_entries'))
    )
    with op.batch_alter_table('ledger_entries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ledger_entries_complaint_id'), ['complaint_id'], unique=False)
        batch_op.create_index('ix_ledger_entries_state', ['state', 'proposed_on'], unique=False)

    op.create_table('surge_alerts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('group_key', sa.String(length=240), nullable=False),
    sa.Column('group', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_on', sa.Date(), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('peak_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('window_seconds', sa.Integer(), nullable=False),
    sa.Column('raised_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tipped_by_id', sa.Integer(), nullable=True),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('baseline', sa.Float(), nullable=True),
    sa.Column('probability', sa.Float(), nullable=True),
    sa.Column('acknowledge_due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('acknowledged_by', sa.String(length=80), nullable=False),
    sa.Column('acknowledged_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('plan', sa.Text(), nullable=False),
    sa.Column('closed_by', sa.String(length=80), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('clauses', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('steps', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('rulebook_version', sa.String(length=64), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['tipped_by_id'], ['complaints.id'], name=op.f('fk_surge_alerts_tipped_by_id_complaints'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_surge_alerts')),
    sa.UniqueConstraint('group_key', 'started_at', name=op.f('uq_surge_alerts_group_key_started_at'))
    )
    with op.batch_alter_table('surge_alerts', schema=None) as batch_op:
        batch_op.create_index('ix_surge_alerts_open', ['closed_at', 'raised_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_surge_alerts_started_on'), ['started_on'], unique=False)
        batch_op.create_index('uq_surge_alerts_open_group', ['group_key'], unique=True, sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))

    op.create_table('surge_cases',
    sa.Column('alert_id', sa.Integer(), nullable=False),
    sa.Column('complaint_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['alert_id'], ['surge_alerts.id'], name=op.f('fk_surge_cases_alert_id_surge_alerts'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['complaint_id'], ['complaints.id'], name=op.f('fk_surge_cases_complaint_id_complaints'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('alert_id', 'complaint_id', name=op.f('pk_surge_cases'))
    )
    with op.batch_alter_table('surge_cases', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_surge_cases_complaint_id'), ['complaint_id'], unique=False)

    op.create_table('work_orders',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('complaint_id', sa.Integer(), nullable=True),
    sa.Column('team_id', sa.Integer(), nullable=False),
    sa.Column('agent_id', sa.Integer(), nullable=False),
    sa.Column('service_type', sa.String(length=40), nullable=False),
    sa.Column('customer_name', sa.String(length=80), nullable=False),
    sa.Column('customer_phone', sa.String(length=40), nullable=False),
    sa.Column('address', sa.String(length=200), nullable=False),
    sa.Column('summary', sa.Text(), nullable=False),
    sa.Column('engineer', sa.String(length=80), nullable=False),
    sa.Column('notified_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('notified_on', sa.Date(), nullable=False),
    sa.Column('dispatch_due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('form_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('appointment_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('arrived_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_charged', sa.Boolean(), nullable=False),
    sa.Column('price', sa.Numeric(precision=12, scale=2), nullable=True),
    sa.Column('price_confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('work_started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_on', sa.Date(), nullable=True),
    sa.Column('signed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('unfinished_reason', sa.Text(), nullable=False),
    sa.Column('next_appointment_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('returned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('apologised_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('arrival_due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('arrival_due_on', sa.Date(), nullable=True),
    sa.Column('clauses', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('steps', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('rulebook_version', sa.String(length=64), nullable=False),
    sa.Column('row_version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agents.id'], name=op.f('fk_work_orders_agent_id_agents')),
    sa.ForeignKeyConstraint(['complaint_id'], ['complaints.id'], name=op.f('fk_work_orders_complaint_id_complaints')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_work_orders_team_id_teams')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_work_orders')),
    sa.UniqueConstraint('number', name=op.f('uq_work_orders_number'))
    )
    with op.batch_alter_table('work_orders', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_work_orders_agent_id'), ['agent_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_work_orders_arrival_due_on'), ['arrival_due_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_work_orders_complaint_id'), ['complaint_id'], unique=False)
        batch_op.create_index('ix_work_orders_finished', ['finished_on', 'team_id'], unique=False)
        batch_op.create_index('ix_work_orders_notified', ['notified_on', 'team_id'], unique=False)
        batch_op.create_index('ix_work_orders_open', ['finished_at', 'arrival_due_at'], unique=False)

    op.create_table('survey_responses',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('dimension', sa.String(length=40), nullable=False),
    sa.Column('grade', sa.String(length=40), nullable=False),
    sa.Column('points', sa.Numeric(precision=6, scale=2), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_on', sa.Date(), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=False),
    sa.Column('agent_id', sa.Integer(), nullable=False),
    sa.Column('complaint_id', sa.Integer(), nullable=True),
    sa.Column('work_order_id', sa.Integer(), nullable=True),
    sa.Column('callback_id', sa.Integer(), nullable=True),
    sa.Column('comment', sa.Text(), nullable=False),
    sa.Column('rulebook_version', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agents.id'], name=op.f('fk_survey_responses_agent_id_agents')),
    sa.ForeignKeyConstraint(['callback_id'], ['callbacks.id'], name=op.f('fk_survey_responses_callback_id_callbacks')),
    sa.ForeignKeyConstraint(['complaint_id'], ['complaints.id'], name=op.f('fk_survey_responses_complaint_id_complaints')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_survey_responses_team_id_teams')),
    sa.ForeignKeyConstraint(['work_order_id'], ['work_orders.id'], name=op.f('fk_survey_responses_work_order_id_work_orders')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_survey_responses')),
    sa.UniqueConstraint('number', 'dimension', name=op.f('uq_survey_responses_number_dimension'))
    )
    with op.batch_alter_table('survey_responses', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_survey_responses_agent_id'), ['agent_id'], unique=False)
        batch_op.create_index('ix_survey_responses_answered', ['answered_on', 'team_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_survey_responses_callback_id'), ['callback_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_survey_responses_complaint_id'), ['complaint_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_survey_responses_work_order_id'), ['work_order_id'], unique=False)

    with op.batch_alter_table('callbacks', schema=None) as batch_op:
        batch_op.add_column(sa.Column('next_attempt_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('settled_reason', sa.String(length=40), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('resumed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('given_up_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('decided_by', sa.String(length=80), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('decision_note', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('row_version', sa.Integer(), nullable=False, server_default='1'))
        batch_op.add_column(sa.Column('work_order_id', sa.Integer(), nullable=True))
        batch_op.create_index('ix_callbacks_retry', ['completed_at', 'next_attempt_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_callbacks_work_order_id'), ['work_order_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_callbacks_work_order_id_work_orders'), 'work_orders', ['work_order_id'], ['id'])

    with op.batch_alter_table('complaint_clocks', schema=None) as batch_op:
        batch_op.add_column(sa.Column('department', sa.String(length=80), nullable=False, server_default=''))

    with op.batch_alter_table('complaint_events', schema=None) as batch_op:
        batch_op.add_column(sa.Column('value', sa.String(length=80), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('due_on', sa.Date(), nullable=True))
        batch_op.drop_constraint(batch_op.f('uq_complaint_events_complaint_id_kind_at'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_complaint_events_complaint_id_kind_at_department'), ['complaint_id', 'kind', 'at', 'department'])

    with op.batch_alter_table('complaints', schema=None) as batch_op:
        batch_op.create_index('ix_complaints_closed', ['closed_at'], unique=False)
        batch_op.add_column(sa.Column('category_at_receipt', sa.String(length=40), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('severity_at_receipt', sa.String(length=20), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('customer_demand', sa.Text(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('document_ref', sa.String(length=80), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('order_ref', sa.String(length=80), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('source_operator', sa.String(length=20), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('cause_class', sa.String(length=40), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('upheld', sa.String(length=10), nullable=False, server_default='open'))
        batch_op.add_column(sa.Column('is_incident', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('is_service_caused', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('about_agent_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('handler_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_complaints_about_agent_id_agents'), 'agents', ['about_agent_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_complaints_handler_id_agents'), 'agents', ['handler_id'], ['id'])



def downgrade() -> None:
    with op.batch_alter_table('complaints', schema=None) as batch_op:
        batch_op.drop_index('ix_complaints_closed')
        batch_op.drop_constraint(batch_op.f('fk_complaints_handler_id_agents'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_complaints_about_agent_id_agents'), type_='foreignkey')
        batch_op.drop_column('handler_id')
        batch_op.drop_column('about_agent_id')
        batch_op.drop_column('is_service_caused')
        batch_op.drop_column('is_incident')
        batch_op.drop_column('upheld')
        batch_op.drop_column('cause_class')
        batch_op.drop_column('source_operator')
        batch_op.drop_column('order_ref')
        batch_op.drop_column('document_ref')
        batch_op.drop_column('customer_demand')
        batch_op.drop_column('severity_at_receipt')
        batch_op.drop_column('category_at_receipt')

    with op.batch_alter_table('complaint_events', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_complaint_events_complaint_id_kind_at_department'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_complaint_events_complaint_id_kind_at'), ['complaint_id', 'kind', 'at'])
        batch_op.drop_column('due_on')
        batch_op.drop_column('value')

    with op.batch_alter_table('complaint_clocks', schema=None) as batch_op:
        batch_op.drop_column('department')

    with op.batch_alter_table('callbacks', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_callbacks_work_order_id_work_orders'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_callbacks_work_order_id'))
        batch_op.drop_index('ix_callbacks_retry')
        batch_op.drop_column('work_order_id')
        batch_op.drop_column('row_version')
        batch_op.drop_column('decision_note')
        batch_op.drop_column('decided_by')
        batch_op.drop_column('given_up_at')
        batch_op.drop_column('resumed_at')
        batch_op.drop_column('settled_reason')
        batch_op.drop_column('settled_at')
        batch_op.drop_column('next_attempt_at')

    with op.batch_alter_table('survey_responses', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_survey_responses_work_order_id'))
        batch_op.drop_index(batch_op.f('ix_survey_responses_complaint_id'))
        batch_op.drop_index(batch_op.f('ix_survey_responses_callback_id'))
        batch_op.drop_index('ix_survey_responses_answered')
        batch_op.drop_index(batch_op.f('ix_survey_responses_agent_id'))

    op.drop_table('survey_responses')
    with op.batch_alter_table('work_orders', schema=None) as batch_op:
        batch_op.drop_index('ix_work_orders_open')
        batch_op.drop_index('ix_work_orders_notified')
        batch_op.drop_index('ix_work_orders_finished')
        batch_op.drop_index(batch_op.f('ix_work_orders_complaint_id'))
        batch_op.drop_index(batch_op.f('ix_work_orders_arrival_due_on'))
        batch_op.drop_index(batch_op.f('ix_work_orders_agent_id'))

    op.drop_table('work_orders')
    with op.batch_alter_table('surge_cases', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_surge_cases_complaint_id'))

    op.drop_table('surge_cases')
    with op.batch_alter_table('surge_alerts', schema=None) as batch_op:
        batch_op.drop_index('uq_surge_alerts_open_group', sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_surge_alerts_started_on'))
        batch_op.drop_index('ix_surge_alerts_open')

    op.drop_table('surge_alerts')
    with op.batch_alter_table('ledger_entries', schema=None) as batch_op:
        batch_op.drop_index('ix_ledger_entries_state')
        batch_op.drop_index(batch_op.f('ix_ledger_entries_complaint_id'))

    op.drop_table('ledger_entries')
    with op.batch_alter_table('escalations', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_escalations_team_id'))
        batch_op.drop_index(batch_op.f('ix_escalations_raised_on'))
        batch_op.drop_index('ix_escalations_open')
        batch_op.drop_index(batch_op.f('ix_escalations_complaint_id'))

    op.drop_table('escalations')
    with op.batch_alter_table('department_assignments', schema=None) as batch_op:
        batch_op.drop_index('ix_department_assignments_open')
        batch_op.drop_index(batch_op.f('ix_department_assignments_complaint_id'))

    op.drop_table('department_assignments')
    with op.batch_alter_table('approvals', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_approvals_requested_on'))
        batch_op.drop_index('ix_approvals_open')
        batch_op.drop_index(batch_op.f('ix_approvals_complaint_id'))

    op.drop_table('approvals')
    op.drop_table('column_mappings')
