-- The days on which an expert's calendar is closed by default, from the list that the office keeps:
-- the CSV file beside this one. After a change of the list: moonbird manual apply 015 --again.
-- Holidays that were entered by hand stay.

return {
  description = "Public holidays, from the office's list",

  up = function(db)
    db:exec [[
      CREATE TABLE IF NOT EXISTS public_holidays (
          id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
          country    text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
          day        date NOT NULL,
          name       text NOT NULL,
          from_list  boolean NOT NULL DEFAULT false,
          created_at timestamptz NOT NULL DEFAULT now(),
          UNIQUE (country, day, name)
      );
      CREATE TEMPORARY TABLE listed (country text, day date, name text) ON COMMIT DROP;
    ]]
    db:copy("listed", { "country", "day", "name" }, moonbird.csv "015_public_holidays.csv")
    db:exec [[
      -- lint: ignore soft-delete the list says which days there are
      DELETE FROM public_holidays h
       WHERE from_list AND (country, day, name) NOT IN (SELECT country, day, name FROM listed);

      INSERT INTO public_holidays (country, day, name, from_list)
      SELECT country, day, name, true FROM listed
          ON CONFLICT (country, day, name) DO NOTHING;
    ]]
  end,

  down = function(db)
    db:exec "DROP TABLE public_holidays"
  end,
}
