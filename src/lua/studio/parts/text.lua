-- text: paragraphs.  Lines between empty lines are one paragraph.
local core = ...
local h = core.require "studio.html".h

return {
  keys = { "class" },
  render = function(part, value)
    local paragraphs = {}
    for text in (tostring(value or "") .. "\n\n"):gmatch "(.-)\n%s*\n" do
      if text:find "%S" then paragraphs[#paragraphs + 1] = h.p { class = part.class or false, text } end
    end
    return paragraphs
  end,
}
