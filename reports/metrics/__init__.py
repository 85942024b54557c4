"""What customers' experience comes to, month by month, and what changed most since the last one."""
