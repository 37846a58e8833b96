package vaultsim

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"time"
)

// control serves the endpoints by which a test in another process looks behind the service. They exist only
// when Options.ControlToken is set, and ask for it in the header X-Sim-Token:
//
//	GET  /__sim/ledger    the ledger
//	GET  /__sim/commands  the commands received
//	GET  /__sim/faults    the faults armed so far, with how often each has struck
//	POST /__sim/fault     a Fault, which is armed
//	POST /__sim/release   all hanging commands go on
//	POST /__sim/advance   {"seconds": n}, the clock moves
//	POST /__sim/restart   the service restarts
func (s *Server) control(w http.ResponseWriter, r *http.Request) {
	if subtle.ConstantTimeCompare([]byte(r.Header.Get("X-Sim-Token")), []byte(s.opts.ControlToken)) != 1 {
		http.Error(w, "wrong token", http.StatusForbidden)
		return
	}
	w.Header().Set("Connection", "close")
	switch r.Method + " " + r.URL.Path {
	case "GET /__sim/ledger":
		writeControl(w, s.Ledger())
	case "GET /__sim/commands":
		writeControl(w, s.Commands())
	case "GET /__sim/faults":
		writeControl(w, s.struck())
	case "POST /__sim/fault":
		var f Fault
		if !readControl(w, r, &f) {
			return
		}
		if err := f.check(); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		s.Arm(f)
		w.WriteHeader(http.StatusNoContent)
	case "POST /__sim/release":
		s.releaseAll()
		w.WriteHeader(http.StatusNoContent)
	case "POST /__sim/advance":
		var by struct {
			Seconds float64 `json:"seconds"`
		}
		if !readControl(w, r, &by) {
			return
		}
		s.clock.Advance(time.Duration(by.Seconds * float64(time.Second)))
		w.WriteHeader(http.StatusNoContent)
	case "POST /__sim/restart":
		s.Restart()
		w.WriteHeader(http.StatusNoContent)
	default:
		http.NotFound(w, r)
	}
}

// struckFault is one armed fault as the control endpoint shows it.
type struckFault struct {
	Fault Fault `json:"fault"`
	Hits  int   `json:"hits"`
}

func (s *Server) struck() []struckFault {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []struckFault{}
	for _, a := range s.history {
		out = append(out, struckFault{Fault: a.fault, Hits: a.hits})
	}
	return out
}

func readControl(w http.ResponseWriter, r *http.Request, into any) bool {
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}

func writeControl(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", typeJSON)
	// An error here means that the caller went away.
	_ = json.NewEncoder(w).Encode(v)
}
