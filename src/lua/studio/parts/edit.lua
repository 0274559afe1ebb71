-- edit: a form for the values of a row.  A script sends what was changed to the function `post` of the page "row",
-- shows the statement that it returns, and sends it again once the person agrees.
--
-- Its value: { fields = { { name, type, text, null, not_null, default, choices, read_only = why }, ... },
-- action = "insert" or "update", key, version, query }.
local core = ...
local h = core.require "studio.html".h

local function control(field, id)
  if field.choices then
    local options = { h.option { value = "", selected = field.text == nil, "" } }
    for i, choice in ipairs(field.choices) do options[i + 1] = h.option { value = choice, selected = choice == field.text, choice } end
    return h.select { id = id, name = field.name, options }
  end
  local text = field.text or ""
  -- A browser drops the first line break of a textarea.
  if #text > 60 or text:find "\n" then return h.textarea { id = id, name = field.name, rows = 6, "\n" .. text } end
  return h.input { id = id, name = field.name, value = text, autocomplete = "off", spellcheck = "false",
    placeholder = field.default and "default: " .. field.default or false }
end

local function row_of(field, id)
  local note = h.span { class = "type", field.type }
  if field.read_only then return h.div { class = "value", h.span { class = "label", field.name, note }, h.span { class = "note", field.read_only } } end
  return h.div { class = "value",
    h.label { ["for"] = id, field.name, note }, control(field, id),
    not field.not_null and h.label { class = "is-null", h.input { type = "checkbox", ["data-null"] = field.name, checked = field.null }, " NULL" },
  }
end

return {
  keys = {},
  render = function(part, value, page)
    local list, insert = {}, value.action == "insert"
    for i, field in ipairs(value.fields) do list[i] = row_of(field, part.id .. "-" .. i) end
    local sent = { key = value.key or moonbird.null, version = value.version or moonbird.null }
    return {
      h.p { class = "no-js", "Editing needs JavaScript." },
      h.form { class = "edit js", ["data-edit"] = moonbird.json.encode(sent), ["data-to"] = page.url("row", value.query),
        insert and h.p { class = "note", "A field that you leave as it is gets its default." },
        list,
        h.p { class = "actions", h.button { type = "submit", value = value.action, insert and "Insert" or "Save" },
          not insert and h.button { type = "submit", value = "delete", class = "danger", "Delete the row" } } },
    }
  end,
}
