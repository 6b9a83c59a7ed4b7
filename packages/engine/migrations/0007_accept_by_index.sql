-- The plans of accept_many do not depend on the batch and are kept by each connection. Made while the tables are still small
-- they read these from end to end, and go on to while they grow: so accept looks up by index, whatever seems cheaper.
alter function accept_many(jsonb) set enable_seqscan = off;
alter function accept_many(jsonb) set enable_hashjoin = off;
alter function accept_many(jsonb) set enable_mergejoin = off;
