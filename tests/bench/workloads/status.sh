nothing_pending 1000
title='status, 1,000 applied'
peers=
as_moonbird=(moonbird status)
apply_all() { moonbird -q up; }
