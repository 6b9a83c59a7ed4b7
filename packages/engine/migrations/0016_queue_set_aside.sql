-- What failed as often as a message is handed out, in a table of its own: whoever takes messages never reads past it. A new announcement
-- of the same output and attempt is a message like any other. Unlogged, as the queue is.
create unlogged table queue_set_aside (
  output_id uuid not null,
  attempt int not null,
  set_aside_at timestamptz not null default clock_timestamp(),
  primary key (output_id, attempt)
);
