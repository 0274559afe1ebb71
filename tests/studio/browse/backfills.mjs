// A backfill that goes on: paused, resumed, and the row that it sets aside.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";

const people = `return {
  transaction = false,
  backfills = { ["people.found"] = {
    table = "people", columns = { "id", "name" }, where = "found IS NULL", on_error = "record", rows = 50, target = "50ms",
    each = function(row, db)
      if db:has_table "wait_here" then moonbird.sleep(0.01) end
      if row.id == 77 then error "not a name" end
      return { found = row.name:lower() }
    end,
  } },
  up = function(db)
    db:step("people", "CREATE TABLE people AS SELECT i AS id, 'Name ' || i AS name, NULL::text AS found FROM generate_series(1, 5000) i")
    db:step("key", "ALTER TABLE people ADD PRIMARY KEY (id)")
    db:step("wait", "CREATE TABLE wait_here ()")
    db:backfill "people.found"
  end,
}`;

export default async (t) => {
  t.expected = [/favicon/, /environment=nowhere/];
  const project = process.env.PROJECT;
  for (const folder of ["migrations", "migrations-manual", "scripts/checks"]) rmSync(`${project}/${folder}`, { recursive: true });
  mkdirSync(project + "/migrations");
  writeFileSync(project + "/migrations/0000_people.lua", people);
  await t.start("-e", "test", "studio");
  await t.open(t.address);
  await t.until("document.querySelector('h1')?.textContent === 'Overview'");
  await t.click("button", "Apply what is pending");
  await t.click("dialog button", "Run");
  await t.until("location.pathname === '/run' && document.querySelector('progress')");
  await t.checkPage("a run with a backfill");

  await t.open("/backfills");
  await t.until("document.querySelector('.cell.begun')");
  await t.checkPage("a backfill that goes on");
  await t.shot("backfill");
  t.check("its command line", await t.run("document.querySelector('form .command code').textContent"), "moonbird -e test backfill pause auto/0000_people/people.found");
  await t.click("button", "Pause");
  await t.click("dialog button", "Run");
  await t.until("location.pathname === '/run' && document.querySelector('.badge.done')");
  t.check("it is paused", t.sql("SELECT paused FROM moonbird.backfills"), "t");
  await t.open("/backfills");
  await t.click("button", "Resume");
  await t.click("dialog button", "Run");
  await t.until("location.pathname === '/run' && document.querySelector('.badge.done')");
  await t.open("/backfills");
  await t.until("document.querySelector('.badge.running')");
  t.sql("DROP TABLE wait_here");
  await t.until("document.querySelector('.badge.failed') && document.body.textContent.includes('not a name')"); // without a reload
  await t.checkPage("a backfill that failed");
  await t.shot("backfill-failed");
};
