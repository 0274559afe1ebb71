add_peers() { :; }
