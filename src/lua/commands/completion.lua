-- At each TAB the shells run `completion words -- WORDS`, which prints the completions of the last word.
-- So they include the project's own commands and its migrations.
--
-- Words can be file names, so the shell must not expand them.  compgen -W would, so it is not used.  bash inserts a
-- word unchanged, so the script quotes it first.  zsh and fish quote words themselves.
--
-- The shell itself completes files: ":sql:lua" asks it for files with these endings, and for folders.
-- bash breaks words at "=", so it inserts only what comes after the "=" of KEY=VALUE or --OPTION=VALUE.

local scripts = {
  bash = [=[
# eval "$(moonbird completion bash)"
_moonbird() {
    local words word quoted kinds before
    read -ra words <<<"${COMP_LINE:0:COMP_POINT}"
    [[ ${COMP_LINE:0:COMP_POINT} == *' ' ]] && words+=('')
    COMPREPLY=()
    [[ ${words[-1]} == *=* && $2 != *=* ]] && before=${words[-1]%"$2"}
    while IFS= read -r word; do
        if [[ $word == :* ]]; then kinds=$word: && continue; fi
        [[ $word == *= ]] && compopt -o nospace 2>/dev/null
        word=${word#"$before"}
        printf -v quoted %q "$word"
        [[ $word == "$2"* || $quoted == "$2"* ]] && COMPREPLY+=("$quoted")
    done < <("$1" completion words -- "${words[@]:1}" 2>/dev/null)
    [[ $kinds ]] || return 0
    compopt -o filenames 2>/dev/null
    while IFS= read -r word; do
        [[ -d $word || $kinds == *:"${word##*.}":* ]] && COMPREPLY+=("$word")
    done < <(compgen -f -- "$2")
}
complete -o default -F _moonbird moonbird]=],

  zsh = [=[
#compdef moonbird
# eval "$(moonbird completion zsh)", or as _moonbird in a folder of $fpath
_moonbird() {
    local -a found=(${(f)"$($words[1] completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)"})
    local kinds=${found[1]#:}
    if [[ $found[1] == :* ]]; then _files -g "*.(${kinds//:/|})"
    elif [[ $found[1] == *= ]]; then compadd -S '' -a found
    elif (( $#found )); then compadd -a found
    else _files; fi
}
if [[ $funcstack[1] == _moonbird ]]; then _moonbird; else compdef _moonbird moonbird; fi]=],

  fish = [=[
# moonbird completion fish | source
function __moonbird_words
    set -l words (commandline -opc) (commandline -ct)
    set -l found ($words[1] completion words -- $words[2..-1] 2>/dev/null)
    if string match -q ':*' -- $found[1]
        for kind in (string split : -- (string sub -s 2 -- $found[1]))
            __fish_complete_suffix .$kind
        end
    else if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c moonbird -f -a '(__moonbird_words)']=],
}

return {
  name    = "completion",
  summary = "print a script that completes commands, options and names in a shell",
  chapter = "commands",
  needs   = { project = true },
  args    = {
    { name = "shell", required = true, choice = { "bash", "zsh", "fish" }, unlisted = "words",
      help = "the shell" },
    { name = "words", label = "word", many = true, connection = true, help = "for the printed scripts: the command line so far" },
  },

  run = function(ctx, opts)
    if opts.shell == "words" then
      local words = ctx:complete(opts.words)
      if ctx.out:result { words = moonbird.json.array(words) } then return end
      for _, word in ipairs(words) do ctx.out:text(word) end
      return
    end
    local script = scripts[opts.shell]
    if not ctx.out:result { shell = opts.shell, script = script } then ctx.out:text(script) end
  end,
}
