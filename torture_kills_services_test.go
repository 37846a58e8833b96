package main

import (
	"math/rand/v2"
	"syscall"
	"time"

	"countersign/vaultclient/vaultsim"
)

// service keeps a process of the program alive, and kills it whenever it has lived for
// a while, until stop is closed. The last one ends in good order.
func (s *siege) service(kind string, stop <-chan struct{}, args ...string) {
	for {
		cmd := s.process("countersign", args...)
		cmd.Stderr = &s.said
		if err := cmd.Start(); err != nil {
			s.t.Errorf("%s: %v", kind, err)
			return
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		life := time.After(lifeOf(kind))
		for dead := false; !dead; {
			select {
			case err := <-ended:
				s.t.Errorf("%s ended by itself: %v", kind, err)
				return
			case <-stop:
				_ = cmd.Process.Signal(syscall.SIGTERM)
				if err := <-ended; err != nil {
					s.t.Errorf("the last %s: %v", kind, err)
				}
				return
			case <-life:
				if dead = !s.spared(kind); dead {
					_ = cmd.Process.Kill()
					<-ended
					s.ended(kind, cmd, 0)
				}
			}
		}
	}
}

// lifeOf is how long a service lives: every other dies at whatever it begins with.
func lifeOf(kind string) time.Duration {
	long := map[string]time.Duration{"worker": 3 * time.Second, "server": 4 * time.Second, "simulator": 4 * time.Second}[kind]
	if rand.IntN(2) == 0 {
		return long/100 + rand.N(long/6)
	}
	return long/4 + rand.N(long)
}

// simulate starts a vault service: nothing is queued there, and the vault is as it was.
func (s *siege) simulate() {
	sim, err := vaultsim.New(vaultsim.Options{Vault: s.vault, Keys: []vaultsim.Key{{Value: siegeKey}}, RateLimit: "100000/minute",
		Latency: 3 * time.Millisecond, Jitter: 120 * time.Millisecond})
	if err != nil {
		s.t.Fatal(err) // which is the same at each start
	}
	// A process that is just being started has the port of the one before still.
	for late := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if _, err = sim.StartOn(s.address); err == nil {
			break
		}
		if time.Now().After(late) {
			s.t.Error(err)
			break
		}
	}
	s.mu.Lock()
	s.sim = sim
	s.mu.Unlock()
}

// simulateAndDie kills the vault service again and again, with whatever it was doing:
// its queue and its answers are lost.
func (s *siege) simulateAndDie(stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(lifeOf("simulator")):
		}
		if s.spared("simulator") {
			return
		}
		if err := s.sim.Close(); err != nil {
			s.t.Error(err)
		}
		s.mu.Lock()
		s.did = append(s.did, s.sim.Ledger()...)
		s.killed["simulator"]++
		s.mu.Unlock()
		time.Sleep(rand.N(200 * time.Millisecond))
		s.simulate()
	}
}
