nothing_pending 1000
title='status, 1,000 applied'
as_moonbird=(moonbird status)
