DO $$
BEGIN
    IF current_user <> session_user OR current_setting('search_path') = ''
       OR current_setting('statement_timeout') <> '0' THEN
        RAISE 'left over: role %, search_path "%", statement_timeout %', current_user,
            current_setting('search_path'), current_setting('statement_timeout');
    END IF;
END
$$;
INSERT INTO app.effect VALUES ('0012_sql_clean', 2);
