"""What somebody may type at `ucsync sql` to reach what is not theirs; a test puts names into the braces."""

from typing import Final

#: To read what is not the merchant's snapshots: other files, the environment, the network, Python.
READERS: Final = """
FROM '{secret}'
FROM read_csv('{secret}')
FROM read_csv_auto('{secret}')
FROM sniff_csv('{secret}')
FROM read_text('{secret}')
FROM read_text(['{secret}'])
FROM read_text('file://{secret}')
FROM read_blob('{secret}')
FROM read_blob('{key}')
FROM read_json('{secret}')
FROM read_json_objects('{secret}')
FROM read_ndjson_objects('{secret}')
FROM read_text(chr(47) || 'etc' || chr(47) || 'passwd')
FROM read_text('/proc/self/environ')
FROM read_csv('/dev/stdin')
FROM read_text('{state}')
FROM sqlite_scan('{state}', 'runs')
FROM read_parquet('{rival}')
FROM parquet_scan('{rival}')
FROM parquet_schema('{rival}')
FROM parquet_metadata('{rival}')
FROM parquet_kv_metadata('{rival}')
FROM read_duckdb('{other}')
FROM read_parquet('{older}')
FROM glob('{folder}/**')
FROM read_text('{part}/../../../../{secret}')
FROM query('FROM read_text(''{secret}'')')
FROM query_table('{secret}')
FROM json_execute_serialized_sql(json_serialize_sql('FROM read_text(''{secret}'')'))
SELECT (SELECT content FROM read_text('{secret}'))
SELECT error((SELECT content FROM read_text('{secret}')))
SELECT * FROM tags WHERE EXISTS (FROM read_text('{secret}'))
DESCRIBE '{secret}'
SUMMARIZE read_csv('{secret}')
DESCRIBE SELECT * FROM '{secret}'
PIVOT read_csv('{secret}') ON secret
FROM 'http://127.0.0.1:1/x.csv'
FROM read_parquet('s3://bucket/x.parquet')
FROM postgres_scan('host=/tmp', 'public', 'x')
SELECT getenv('DEMO_KEY')
FROM read_text(getenv('HOME'))
FROM arrow_scan(1, 2, 3)
FROM pandas_scan(12345)
FROM receipts_
FROM os.environ
FROM config
""".strip().splitlines()

#: To write, or to have more done than to select. With a COPY or a DELETE in its WITH, DuckDB itself calls a
#: statement a SELECT.
WRITERS: Final = """
COPY tags TO '{folder}/new.csv'
COPY (SELECT 1) TO '{part}' (USE_TMP_FILE false)
COPY (SELECT 1) TO '/dev/stdout'
COPY tags FROM '{secret}'
EXPORT DATABASE '{folder}/new'
IMPORT DATABASE '{folder}'
ATTACH '{folder}/new.db'
ATTACH ':memory:' AS x
ATTACH '{other}' AS x
ATTACH '{state}' (TYPE sqlite)
DETACH dw
USE temp
CREATE TABLE x AS SELECT 1
CREATE TEMP TABLE x AS SELECT 1
CREATE OR REPLACE VIEW customers AS SELECT 1
CREATE MACRO m() AS 1
CREATE SECRET s (TYPE s3)
INSERT INTO receipts SELECT * FROM receipts
UPDATE receipts SET merchant = 'x'
DELETE FROM receipts
TRUNCATE receipts
DROP VIEW customers
ALTER TABLE receipts ADD COLUMN x INT
MERGE INTO receipts USING receipts r ON false WHEN NOT MATCHED THEN INSERT VALUES (1)
SELECT 1; DROP VIEW customers
SELECT 1 /* ; */ ; COPY (SELECT 1) TO '{part}'
/* SELECT */ COPY (SELECT 1) TO '{folder}/new.csv'
EXPLAIN ANALYZE COPY (SELECT 1) TO '{folder}/new.csv'
PREPARE x AS COPY (SELECT 1) TO '{folder}/new.csv'
EXECUTE x
BEGIN
COMMIT
WITH x AS (COPY (SELECT 1) TO '{part}' (FORMAT parquet, USE_TMP_FILE false)) SELECT 1
WITH x AS MATERIALIZED (COPY (SELECT 1) TO '{warehouse}' (FORMAT csv, USE_TMP_FILE false)) SELECT 1
(WITH x AS (COPY (SELECT 1) TO '{part}' (FORMAT csv, USE_TMP_FILE false)) SELECT 1) UNION ALL SELECT 2
WITH x AS (COPY (SELECT 1) TO '{part}' (FORMAT csv, USE_TMP_FILE false)) PIVOT tags ON tag_value
WITH a AS (SELECT 1), x AS (COPY (SELECT 1) TO '{warehouse}' (FORMAT csv, USE_TMP_FILE false)) FROM a
WITH x AS (DELETE FROM stored.receipts RETURNING *) FROM x
WITH x AS (DELETE FROM receipts RETURNING *) FROM x
WITH x AS (INSERT INTO stored.receipts FROM stored.receipts RETURNING *) FROM x
DESCRIBE WITH x AS (COPY (SELECT 1) TO '{part}' (FORMAT csv, USE_TMP_FILE false)) SELECT 1
""".strip().splitlines()

#: To open what is closed.
SETTERS: Final = """
SET enable_external_access = true
RESET enable_external_access
SET lock_configuration = false
SET allowed_directories = ['/']
SET allowed_paths = ['{secret}']
SET SESSION threads = 1
PRAGMA enable_external_access
PRAGMA database_list
CALL pragma_database_list()
SET VARIABLE x = 1
INSTALL httpfs
LOAD httpfs
LOAD '{secret}'
FORCE INSTALL spatial FROM community
CHECKPOINT
CALL enable_logging(storage = 'file', storage_path = '{folder}/log')
FROM enable_logging('QueryLog', storage = 'file', storage_config = {{'path': '{folder}/log'}})
FROM load_aws_credentials()
SELECT set_config('enable_external_access', 'true')
VACUUM
""".strip().splitlines()

#: What may be answered, as it is about the question's own session, and must not betray anything all the same.
ASKERS: Final = """
FROM duckdb_secrets()
FROM duckdb_settings()
FROM duckdb_databases()
FROM duckdb_extensions()
FROM duckdb_logs
FROM duckdb_views()
FROM pg_catalog.pg_settings
SHOW ALL TABLES
FROM sql_auto_complete('SELECT * FROM ''{folder}/')
SELECT json_serialize_plan('FROM read_text(''{secret}'')')
SELECT current_setting('secret_directory')
FROM duckdb_temporary_files()
""".strip().splitlines()
