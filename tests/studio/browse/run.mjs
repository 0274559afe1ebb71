// A run that waits for a lock: seen without a reload, with its blocker, and cancelled.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";

export default async (t) => {
  t.expected = [/favicon/, /environment=nowhere/];
  const project = process.env.PROJECT;
  for (const folder of ["migrations", "migrations-manual", "scripts/checks"]) rmSync(`${project}/${folder}`, { recursive: true });
  mkdirSync(project + "/migrations");
  writeFileSync(project + "/migrations/0000_first.sql", "CREATE TABLE before_all ();");
  execFileSync(process.env.MOONBIRD, ["-e", "test", "-q", "up"], { cwd: project });
  writeFileSync(project + "/migrations/0001_block.sql", "-- moonbird: transaction=off\nCREATE TABLE blocked (i int);\nALTER TABLE before_all ADD COLUMN j int;\n");
  await t.start("-e", "test", "studio");
  await t.open(t.address);
  await t.until("document.querySelector('h1')?.textContent === 'Overview'");
  const release = t.hold("BEGIN; LOCK TABLE before_all; SELECT pg_sleep(600)");
  await t.open("/migration?stream=auto&name=0001_block");
  await t.click("button", "Apply up to here");
  await t.click("dialog button", "Run");
  await t.until("location.pathname === '/run' && document.body.textContent.includes('Blocked by')");
  t.check("the statement that waits", await t.run("document.body.textContent.includes('ADD COLUMN j int')"));
  await t.until("document.body.textContent.includes('CREATE TABLE')"); // the one before it, as the run told it
  await t.checkPage("a run that waits");
  await t.shot("run-waiting");
  await t.click("a[href*='/session?']");
  await t.until("location.pathname === '/session' && document.body.textContent.includes('Waiting for it')");
  await t.checkPage("a session");
  await t.run("history.back()");
  await t.until("document.querySelector('[data-cancel]') && document.body.textContent.includes('Blocked by')");
  await t.click("button", "Cancel the run");
  await t.click("dialog button", "Interrupt");
  await t.until("document.querySelector('.badge.interrupted') && !document.querySelector('[data-live]')");
  await t.checkPage("a run that was cancelled");
  release();
};
