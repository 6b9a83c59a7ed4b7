-- Where a vendor says which task it made of an output: the answer to the submit, which said so first, may have been lost.
alter table inbox add column operation jsonb;
