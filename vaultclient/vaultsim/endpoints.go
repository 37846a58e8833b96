package vaultsim

import "net/http"

// serveSubmit queues a command and answers with its id.
func (s *Server) serveSubmit(x *exchange, key *Key) {
	text, temp, logged, ok := x.command(key)
	if !ok {
		return
	}
	r, ok := s.submit(key.Value, text, temp, logged)
	if !ok {
		s.refused(logged, http.StatusServiceUnavailable)
		x.refuse(http.StatusServiceUnavailable, fullQueue)
		return
	}
	x.json(http.StatusAccepted, object{
		{"success", true}, {"request_id", r.id}, {"status", string(queued)}, {"message", queuedText}})
}

func (s *Server) refused(logged *Command, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	logged.Refused = status
}

// serveV1 runs a command and answers with its result: through the queue where there is one, else at once and
// beside all others.
func (s *Server) serveV1(x *exchange, key *Key) {
	text, temp, logged, ok := x.command(key)
	if !ok {
		return
	}
	if s.opts.NoQueue {
		s.serveDirect(x, text, logged)
		return
	}
	r, ok := s.submit(key.Value, text, temp, logged)
	if !ok {
		s.refused(logged, http.StatusServiceUnavailable)
		x.refuse(http.StatusServiceUnavailable, fullQueue)
		return
	}
	status, body, encrypted, alive := s.await(r, x.r.Context().Done())
	switch {
	case !alive:
		x.cut = true
	case body == nil:
		x.refuse(status, waitedTooLong)
	default:
		x.result(status, body, encrypted)
	}
}

func (s *Server) serveDirect(x *exchange, text string, logged *Command) {
	s.mu.Lock()
	l := s.life
	logged.Executed = true
	s.mu.Unlock()
	from := s.shared.enter()
	defer s.shared.leave()
	rep, alive := s.execute(l, text, &from)
	if !alive {
		x.cut = true
		return
	}
	s.mu.Lock()
	logged.Status = rep.status
	s.mu.Unlock()
	body, encrypted := s.seal(rep)
	x.result(rep.status, body, encrypted)
}

// serveQueue answers with the queue's counters.
func (s *Server) serveQueue(x *exchange, key *Key) {
	s.mu.Lock()
	body := s.queueBody(key.Value)
	s.mu.Unlock()
	x.json(http.StatusOK, body)
}

// serveStatus answers with the state of one request, its result included.
func (s *Server) serveStatus(x *exchange, key *Key) {
	s.mu.Lock()
	r := s.find(key.Value, x.id())
	if r == nil {
		s.mu.Unlock()
		x.refuse(http.StatusNotFound, unknownID)
		return
	}
	body := s.statusBody(r)
	s.mu.Unlock()
	x.json(http.StatusOK, body)
}

// serveResult answers with the result of one request in the command's own status and body.
func (s *Server) serveResult(x *exchange, key *Key) {
	s.mu.Lock()
	r := s.find(key.Value, x.id())
	if r == nil {
		s.mu.Unlock()
		x.refuse(http.StatusNotFound, unknownID)
		return
	}
	st, status, body, encrypted := r.state, r.reply.status, r.body, r.encrypted
	s.mu.Unlock()
	if st != completed {
		x.json(http.StatusAccepted, object{{"error", notReady}, {"status", string(st)}})
		return
	}
	x.result(status, body, encrypted)
}
