package vaultclient

import (
	"net/http"
	"time"
)

// Ahead returns by how much our clock was ahead of that of the service's host when that answered last, to a second or so, and whether
// it is known: the answer says what time it is there in the header Date, as web servers do, unless something in between takes it out.
func (c *Client) Ahead() (time.Duration, bool) {
	ahead := c.ahead.Load()
	if ahead == nil {
		return 0, false
	}
	return *ahead, true
}

// compareClocks notes what time an answer says it is. A header that is none tells nothing of now.
func (c *Client) compareClocks(h http.Header) {
	shown, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		c.ahead.Store(nil)
		return
	}
	ahead := c.now().Sub(shown).Truncate(time.Second)
	c.ahead.Store(&ahead)
}
