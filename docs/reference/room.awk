# Doxygen's input filter for headers: each has a page, and what it declares in a namespace of flashvideo belongs to the group of
# its room. Lines stay lines, so that warnings name the right one.
FNR == 1 {
  room = FILENAME
  if (!sub(/.*include\/flashvideo\//, "", room) || !sub(/\/.*/, "", room)) room = ""
  print "/** @file */ " $0
  next
}
room != "" && /^namespace flashvideo(::[a-z_]+)* \{$/ { print $0 " /** @addtogroup room_" room " */ /** @{ */"; next }
room != "" && /^\}  \/\/ namespace flashvideo(::[a-z_]+)*$/ { print "/** @} */ " $0; next }
/@code/ { code = 1 }
/^ *\/\/\// && !code { gsub(/\\/, "\\\\&") }  # commands begin with @; a stroke is a stroke
/@endcode/ { code = 0 }
/bool operator==.* = default;$/ { print ""; next }
{ print }
