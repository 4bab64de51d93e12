"""a second look at hours: a failed swap is an absence for both, a device's wrong clock is remembered

Revision: 0004, after: 0003. Made on 2026-11-22.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('device_corrections',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('device', sa.String(length=60), nullable=False),
    sa.Column('from_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('to_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('offset_seconds', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('team_ids', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
    sa.Column('agent_id', sa.Integer(), nullable=True),
    sa.Column('recorded_by', sa.String(length=80), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agents.id'], name=op.f('fk_device_corrections_agent_id_agents')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_device_corrections'))
    )
    with op.batch_alter_table('device_corrections', schema=None) as batch_op:
        batch_op.create_index('ix_device_corrections_device', ['device', 'from_at'], unique=False)

    with op.batch_alter_table('attendance_days', schema=None) as batch_op:
        batch_op.drop_constraint('uq_attendance_days_shift_id', type_='unique')
        batch_op.create_unique_constraint(op.f('uq_attendance_days_shift_id_agent_id'), ['shift_id', 'agent_id'])

    with op.batch_alter_table('swap_requests', schema=None) as batch_op:
        batch_op.add_column(sa.Column('settled_by', sa.String(length=80), server_default='', nullable=False))

    with op.batch_alter_table('leave', schema=None) as batch_op:
        batch_op.add_column(sa.Column('exceptions', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), server_default='[]', nullable=False))

    with op.batch_alter_table('leave_entries', schema=None) as batch_op:
        batch_op.add_column(sa.Column('import_key', sa.String(length=160), nullable=True))
        batch_op.create_unique_constraint(op.f('uq_leave_entries_agent_id_import_key'), ['agent_id', 'import_key'])

    with op.batch_alter_table('escalations', schema=None) as batch_op:
        batch_op.add_column(sa.Column('handover_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f('ix_escalations_handover_id'), ['handover_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_escalations_handover_id_handovers'), 'handovers', ['handover_id'], ['id'], ondelete='SET NULL')

    with op.batch_alter_table('handovers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('first_written_by', sa.String(length=80), server_default='', nullable=False))
        batch_op.add_column(sa.Column('first_written_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('signed_in_reason', sa.Text(), server_default='', nullable=False))

    # Who ended a swap stood only in the log until now.
    op.execute("""
        UPDATE swap_requests SET settled_by = COALESCE((
            SELECT actor FROM audit_log
            WHERE action = 'swap.' || swap_requests.state AND object_kind = 'swap'
              AND object_id = CAST(swap_requests.id AS VARCHAR(80))
            ORDER BY at DESC, id DESC LIMIT 1
        ), '') WHERE state IN ('settled', 'failed')
    """)


def downgrade() -> None:
    with op.batch_alter_table('handovers', schema=None) as batch_op:
        batch_op.drop_column('signed_in_reason')
        batch_op.drop_column('first_written_at')
        batch_op.drop_column('first_written_by')

    with op.batch_alter_table('escalations', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_escalations_handover_id_handovers'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_escalations_handover_id'))
        batch_op.drop_column('settled_at')
        batch_op.drop_column('handover_id')

    with op.batch_alter_table('leave_entries', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('uq_leave_entries_agent_id_import_key'), type_='unique')
        batch_op.drop_column('import_key')

    with op.batch_alter_table('leave', schema=None) as batch_op:
        batch_op.drop_column('exceptions')

    with op.batch_alter_table('swap_requests', schema=None) as batch_op:
        batch_op.drop_column('settled_by')

    # A shift has one verdict there: that of whoever it is rostered to.
    op.execute("""
        DELETE FROM attendance_days WHERE agent_id <> (
            SELECT shifts.agent_id FROM shifts WHERE shifts.id = attendance_days.shift_id
        )
    """)
    with op.batch_alter_table('attendance_days', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('uq_attendance_days_shift_id_agent_id'), type_='unique')
        batch_op.create_unique_constraint('uq_attendance_days_shift_id', ['shift_id'])

    with op.batch_alter_table('device_corrections', schema=None) as batch_op:
        batch_op.drop_index('ix_device_corrections_device')

    op.drop_table('device_corrections')
