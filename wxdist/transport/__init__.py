"""The network: what is sent, sent again, and trusted."""
