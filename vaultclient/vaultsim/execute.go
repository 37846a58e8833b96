package vaultsim

import (
	"errors"
	"slices"
	"strings"
	"time"
)

const (
	lostUpstream   = "('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))"
	throttled      = "throttled: Due to repeated attempts, your request has been throttled."
	sessionExpired = "session_token_expired: Session token expired"
)

// execute carries one command out, with its latency and whatever fault waits for it. alive is false when the
// service ended or restarted meanwhile, so that there is nobody left to answer. from is nil with a queue.
func (s *Server) execute(l *life, text string, from *mark) (rep reply, alive bool) {
	if !s.pause(l, s.delay()) {
		return reply{}, false
	}
	var kind FaultKind
	if a := s.strike("", text); a != nil {
		kind = a.fault.Kind
		switch kind {
		case Hang:
			select {
			case <-a.release:
			case <-l.ctx.Done():
				return reply{}, false
			}
			kind = a.fault.Then
		case Slow:
			if !s.pause(l, a.fault.Delay) {
				return reply{}, false
			}
		}
	}
	switch kind {
	case UpstreamBefore:
		return exceptionReply(lostUpstream), true
	case Throttled:
		return exceptionReply(throttled), true
	case RestartBefore:
		s.Restart()
		return reply{}, false
	case SessionLost:
		s.mu.Lock()
		s.lost = true
		s.mu.Unlock()
		return exceptionReply(sessionExpired), true
	}
	s.mu.Lock()
	lost := s.lost
	s.mu.Unlock()
	if lost {
		word, _, _ := strings.Cut(text, " ")
		return success(word, "Logging in to Keeper as "+s.vault.service), true
	}
	rep = s.command(text, kind == UpstreamAfter, from)
	switch kind {
	case UpstreamAfter:
		return exceptionReply(lostUpstream), true
	case RestartAfter:
		s.Restart()
		return reply{}, false
	}
	return rep, true
}

func (s *Server) delay() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.latency
	if s.jitter > 0 {
		d += time.Duration(s.jitters.Int64N(int64(s.jitter)))
	}
	return d
}

func (s *Server) pause(l *life, d time.Duration) bool {
	if d <= 0 {
		return l.ctx.Err() == nil
	}
	over, forget := s.clock.After(d)
	defer forget()
	select {
	case <-over:
		return true
	case <-l.ctx.Done():
		return false
	}
}

// call is one command on its way through Commander.
type call struct {
	s    *Server
	v    *Vault
	word string   // the command's own name, aliases resolved
	verb []string // further words of group commands
	args []string
	out  *output
	// broken is set when the cloud's answer gets lost: the change is made, but Commander does not get to
	// refreshing its caches and variables.
	broken bool
	sync   bool // refresh the cached vault when the command is over
}

// command runs the pipeline of PROTOCOL 7 from step f on. With broken, the cloud makes the change but its answer
// is lost.
func (s *Server) command(text string, broken bool, from *mark) reply {
	first, _, _ := strings.Cut(text, " ")
	if first == "record-add" && !jsonForm(text) {
		// Reported texts keep what the client sent; only the parser and the command see the flag.
		text += " --format=json"
	}
	if strings.ContainsAny(text, "\n\r\x00") {
		return failure(400, first, controlChars)
	}
	s.vault.mu.Lock()
	defer s.vault.mu.Unlock()
	c := &call{s: s, v: s.vault, out: &output{}, broken: broken}
	err := c.dispatch(text)
	if c.sync && !broken {
		s.cache = s.vault.snapshot()
	}
	var refused argumentError
	switch {
	case errors.As(err, &refused):
		c.out.log(refused.Error())
	case err != nil:
		return exceptionReply(err.Error())
	}
	if from != nil {
		s.shared.merge(*from, c.out)
	}
	return answer(text, c.out)
}

// dispatch splits the text and runs the command.
func (c *call) dispatch(text string) error {
	word, rest, _ := strings.Cut(text, " ")
	c.word = realName(word)
	rest = c.peel(strings.TrimLeft(rest, " "))
	rest = substitute(rest, c.s.vars)
	args, err := split(rest)
	if err != nil {
		return err
	}
	c.args = args
	switch c.word {
	case "search":
		return c.search()
	case "get":
		return c.get()
	case "list":
		return c.list()
	case "list-sf":
		return c.listShared()
	case "ls":
		return c.ls()
	case "tree":
		return c.tree()
	case "share-record":
		return c.shareRecord()
	case "share-folder":
		return c.shareFolder()
	case "one-time-share":
		return c.oneTimeShare()
	case "record-add":
		return c.recordAdd()
	case "record-update":
		return c.recordUpdate()
	case "append-notes":
		return c.appendNotes()
	case "record-type-info":
		return c.recordTypeInfo()
	case "epm":
		return c.epm()
	case "device-approve":
		return c.deviceApprove()
	case "mkdir":
		return c.mkdir()
	case "rm":
		return c.rm()
	}
	return c.session()
}

// realName resolves Commander's aliases, which the allow list knows as words of their own (PROTOCOL 5).
func realName(word string) string {
	aliases := map[string]string{
		"s": "search", "g": "get", "l": "list", "lsf": "list-sf", "sr": "share-record", "sf": "share-folder",
		"ots": "one-time-share", "pedm": "epm", "kepm": "epm", "rti": "record-type-info", "d": "sync-down",
		"ra": "record-add", "ru": "record-update", "an": "append-notes", "v": "version",
	}
	if name, known := aliases[word]; known {
		return name
	}
	return word
}

// peel takes the verbs of group commands off the text, at blanks and in any case (PROTOCOL 7, step i).
func (c *call) peel(rest string) string {
	groups := map[string][]string{
		"epm":            {"sync-down", "deployment", "agent", "policy", "collection", "approval", "offline", "scim", "report"},
		"epm approval":   {"list", "view", "action"},
		"one-time-share": {"list", "create", "remove"},
	}
	name := c.word
	for {
		verbs, isGroup := groups[name]
		if !isGroup {
			return rest
		}
		verb, tail, _ := strings.Cut(rest, " ")
		verb = strings.ToLower(verb)
		if !slices.Contains(verbs, verb) {
			return rest
		}
		c.verb = append(c.verb, verb)
		name += " " + verb
		rest = strings.TrimLeft(tail, " ")
	}
}

// parse reads the arguments with a parser; help is printed when asked for.
func (c *call) parse(p *parser) (arguments, error) {
	args, err := p.parse(c.args)
	if args.help {
		c.out.print("usage: " + strings.Join(append([]string{c.word}, c.verb...), " ") + " [-h] ...")
	}
	return args, err
}
