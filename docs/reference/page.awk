# Doxygen's input filter for Markdown: names each page after its path, makes the pages below a README its subpages, turns links
# to pages and headers into references, and leaves only the text of links to what the reference does not hold.

# The path from the project's root that `link` means in a file of `folder`.
function resolved(link,    parts, count, path, i) {
  count = split(folder link, parts, "/")
  path = ""
  for (i = 1; i <= count; ++i) {
    if (parts[i] == "..") sub(/[^\/]*\/$/, "", path)
    else if (parts[i] != "") path = path parts[i] (i < count ? "/" : "")
  }
  return path
}

function label(path) {
  gsub(/[^A-Za-z0-9]/, "_", path)
  return path
}

# Below the README of the root: docs/*.md and the other READMEs; below another README: the files beside it.
function is_below(path) {
  if (folder == "") return path == "CHANGELOG.md" || path ~ /^docs\/[a-z]+\.md$/ || path ~ /\/README\.md$/
  return index(path, folder) == 1 && path !~ /README\.md$/
}

function reference(text, target,    path) {
  if (target ~ /^[a-z]+:/) return "[" text "](" target ")"
  path = resolved(target)
  if (path ~ /\.(png|svg)$/) return "[" text "](" path ")"
  if (path !~ /^include\/.*\.(hpp|cuh)$/ && (path !~ /\.md$/ || path ~ /^tests\//)) return text
  gsub(/[`"]/, "", text)
  if (sub(/^include\//, "", path)) return "@ref " path " \"" text "\""
  if (is_readme && is_below(path) && !(path in listed)) {
    listed[path] = 1
    return "@subpage " label(path) " \"" text "\""
  }
  return "@ref " label(path) " \"" text "\""
}

FNR == 1 {
  file = substr(FILENAME, length(root) + 2)
  folder = file
  sub(/[^\/]*$/, "", folder)
  is_readme = file ~ /README\.md$/
}
FNR == 1 && file != "README.md" { print $0 " {#" label(file) "}"; next }
/^```/ { fenced = !fenced }
fenced || /^    / { print; next }
{
  gsub(/cpp@/, "cpp\\@")             # else a command of Doxygen's
  if (sub(/^\*"/, "<em>\"")) italic = 1  # Doxygen sees no emphasis before a quote
  if (italic && sub(/\*$/, "</em>")) italic = 0
  line = ""
  while (match($0, /\[[^][]*\]\([^()]*\)/)) {
    split(substr($0, RSTART + 1, RLENGTH - 2), link, /\]\(/)
    line = line substr($0, 1, RSTART - 1) reference(link[1], link[2])
    $0 = substr($0, RSTART + RLENGTH)
  }
  print line $0
}
