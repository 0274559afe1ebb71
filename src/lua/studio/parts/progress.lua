-- progress: how far something is: a list of { label, done, total, unit, phase }.  Without a total, only what is done
-- is shown.  The units "bytes" and "%" are shown as such.
local core = ...
local h, show = core.require "studio.html".h, core.require "studio.show_value"

local function amount(value, unit)
  if unit == "bytes" then return show(value, "bytes") end
  return unit and ("%s %s"):format(value, unit) or tostring(value)
end

local function note(item, done, total)
  if total <= 0 then return amount(done, item.unit) end
  local percent = ("%.0f %%"):format(100 * math.min(done / total, 1))
  return item.unit == "%" and percent or ("%s of %s"):format(percent, amount(item.total, item.unit))
end

local function one(item)
  local done, total = tonumber(item.done) or 0, tonumber(item.total) or 0
  return h.div { class = "progress",
    h.span { class = "label", item.label }, " ",
    total > 0 and h.progress { value = math.min(done, total), max = total, ["aria-label"] = item.label }, " ",
    h.span { class = "note", note(item, done, total),
      item.phase and item.phase ~= moonbird.null and item.phase ~= "" and { ", ", item.phase } },
  }
end

return {
  keys = { "empty" },
  render = function(part, list)
    if #(list or {}) == 0 then return part.empty and h.p { class = "empty", part.empty } end
    local shown = {}
    for i, item in ipairs(list) do shown[i] = one(item) end
    return shown
  end,
}
