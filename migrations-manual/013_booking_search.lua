-- Support searches bookings by a guest's name or address. A generated column would be one line, but
-- PostgreSQL would lock `meetings` while it rewrites the whole table. This migration takes longer, and
-- people can book all the time: a trigger fills new rows, batches fill the old ones, and the index is
-- built concurrently. After an interruption, `manual apply` continues where it stopped.

return {
  description = "Bookings can be searched by name and address",
  requires = { "0003_meetings" },
  transaction = false,

  backfills = {
    ["meetings.search"] = {
      table = "meetings",
      where = "search IS NULL",
      set = "search = meeting_search(guest_name, guest_email)",
      target = "200ms",
      workers = 2,
    },
  },

  up = function(db)
    db:step("column and trigger", function(db)
      db:exec [[
        ALTER TABLE meetings ADD COLUMN search tsvector;

        CREATE FUNCTION meeting_search(guest_name text, guest_email text) RETURNS tsvector
            LANGUAGE sql IMMUTABLE AS $$
            SELECT to_tsvector('pg_catalog.simple', concat_ws(' ', guest_name, guest_email,
                                                              translate(guest_email, '@.', '  ')))
        $$;

        CREATE FUNCTION meetings_keep_search() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            new.search := meeting_search(new.guest_name, new.guest_email);
            RETURN new;
        END $$;

        CREATE TRIGGER meetings_keep_search
            BEFORE INSERT OR UPDATE OF guest_name, guest_email ON meetings
            FOR EACH ROW EXECUTE FUNCTION meetings_keep_search();
      ]]
    end)
    db:backfill "meetings.search"
    db:step("index", "CREATE INDEX CONCURRENTLY meetings_search_idx ON meetings USING gin (search)")
  end,

  down = function(db)
    db:step("index", "DROP INDEX CONCURRENTLY IF EXISTS meetings_search_idx")
    db:step("column and trigger", function(db)
      db:exec [[
        DROP TRIGGER meetings_keep_search ON meetings;
        DROP FUNCTION meetings_keep_search();
        ALTER TABLE meetings DROP COLUMN search;
        DROP FUNCTION meeting_search(text, text);
      ]]
    end)
  end,

  verify = function(db)
    local left = db:value "SELECT count(*) FROM meetings WHERE search IS NULL"
    assert(left == 0, left .. " bookings cannot be found")
  end,
}
