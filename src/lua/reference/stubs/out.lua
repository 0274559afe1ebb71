---ctx.out: what a command prints.
---@class moonbird.out
local out = {}

---Prints a line for people; not with -q.
---```lua
---ctx.out:line("%d users", ctx.db:value "SELECT count(*) FROM users")  --> 2 users
---```
---@param fmt string
---@param ... any
function out:line(fmt, ...) end

---Prints what the user asked for, also with -q.
---```lua
---ctx.out:text "Ana"  --> Ana
---```
---@param text string
function out:text(text) end

---Prints data, such as the text of a file. A file or a pipe gets it unchanged; on a terminal, control characters are
---escaped. No end of line is added.
---```lua
---ctx.out:data "Ana\n"  --> Ana
---```
---@param text string
function out:data(text) end

---Markdown, wrapped to the width of the terminal.
---```lua
---ctx.out:markdown "Two `users`."  --> Two `users`.
---```
---@param text string
function out:markdown(text) end

---Prints rows as a table. A column is a key of the rows, or { key, title, right = true }; without a title, the key is
---the title. right = true is for numbers.
---```lua
---ctx.out:table(ctx.db:query "SELECT id, name FROM users ORDER BY id", { { "id", "no.", right = true }, "name" })
-----> no. name
----->   1 Ana
----->   2 Bo
---```
---@param rows table[]
---@param columns table
function out:table(rows, columns) end

---A duration as all commands print it; nil for nil and moonbird.null.
---```lua
---print(ctx.out:time(1500))  --> 1.5 s
---```
---@param ms? number
---@return string?
function out:time(ms) end

---Sets the document of --json. Returns true if it was printed: then print nothing else.
---```lua
---if not ctx.out:result { users = 2 } then print "2 users" end  --> 2 users
---```
---@param document any
---@return boolean? printed
function out:result(document) end
