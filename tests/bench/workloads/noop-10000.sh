nothing_pending 10000
target=1.5
