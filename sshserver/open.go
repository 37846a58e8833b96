package sshserver

import (
	"slices"
	"time"
)

// Open is a session that is open now.
type Open struct {
	Guest Guest
	// Command is the first word of the command, empty for a console and for what has
	// not begun. It may be anything that was typed.
	Command string
	Since   time.Time // when it was opened
	Active  time.Time // when something was typed last, Since where nothing was
}

// Sessions returns the sessions that are open, the oldest first.
func (s *Server) Sessions() []Open {
	var all []Open
	for _, c := range s.connections() {
		all = append(all, c.open()...)
	}
	slices.SortFunc(all, func(a, b Open) int { return a.Since.Compare(b.Since) })
	return all
}

func (c *conn) open() []Open {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []Open
	for s := range c.sessions {
		if s.done.Load() {
			continue
		}
		o := Open{Guest: c.guest, Since: s.since, Active: s.since}
		if command := s.running.Load(); command != nil {
			o.Command = shortened(*command)
		}
		if at := s.active.Load(); at != nil {
			o.Active = *at
		}
		all = append(all, o)
	}
	return all
}
