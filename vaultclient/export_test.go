package vaultclient

import "time"

// PollEvery makes tests against the simulator quick: results are looked at every d.
func (c *Client) PollEvery(d time.Duration) { c.plan = []time.Duration{d} }
