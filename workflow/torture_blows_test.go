package workflow_test

import (
	"bytes"
	"net/http"
	"regexp"
	"slices"
	"time"

	"countersign/vaultclient/vaultsim"
)

// blows are all that can happen to a call. None of them says what is false of the
// service's own knowledge: an answer is lost, late, spoilt or another one's, but
// no record is said to be there that is not.
func blows() []blow {
	return slices.Concat(lost(), spoilt(), refusals(), broken())
}

// lost are the ways in which a call or its answer does not arrive, or not in time.
func lost() []blow {
	return []blow{
		{"stall, never delivered", func(_ *hostileNet, c *call) { c.abandoned() }},
		{"stall, delivered", func(n *hostileNet, c *call) { n.forward(c.raw); c.abandoned() }},
		{"delivered after the caller has given up", func(n *hostileNet, c *call) {
			n.hold(c.raw)
			c.abandoned()
		}},
		{"request cut", func(n *hostileNet, c *call) { n.cutOff(c.some(c.raw)); c.reset() }},
		{"answer cut", func(n *hostileNet, c *call) { c.write(c.some(n.forward(c.raw))); c.reset() }},
		{"delay", func(n *hostileNet, c *call) {
			n.dawdles(1)
			defer n.dawdles(-1)
			time.Sleep(time.Duration(c.rng.Int64N(int64(stall))))
			c.write(n.forward(c.raw))
		}},
		{"slow drip", func(n *hostileNet, c *call) {
			answer := n.forward(c.raw)
			step := 1 + c.rng.IntN(len(answer)+1)
			for part := range slices.Chunk(answer, step) {
				if !c.write(part) {
					return
				}
				time.Sleep(time.Millisecond)
			}
		}},
		{"delivered twice", func(n *hostileNet, c *call) {
			first := n.forward(c.raw)
			second := n.forward(c.raw)
			if c.orders() {
				n.mu.Lock()
				n.doubled[string(c.raw)]++
				n.mu.Unlock()
			}
			if c.rng.IntN(2) == 0 {
				first = second
			}
			c.write(first)
		}},
	}
}

// spoilt are answers that are not as the service gave them.
func spoilt() []blow {
	resultPath := regexp.MustCompile(`/api/v2/result/[0-9a-f-]{36}`)
	return []blow{
		{"wrong id", func(n *hostileNet, c *call) {
			other := n.another(c.rng)
			raw := resultPath.ReplaceAll(c.raw, []byte("/api/v2/result/"+other))
			code, body := splitAnswer(n.forward(raw))
			if id := requestID.FindSubmatch(body); id != nil {
				body = bytes.ReplaceAll(body, id[1], []byte(other))
			}
			c.write(answerOf(max(code, 200), "application/json", body))
		}},
		{"truncated", func(n *hostileNet, c *call) {
			code, body := splitAnswer(n.forward(c.raw))
			c.write(answerOf(max(code, 200), "application/json", c.some(body)))
		}},
		{"garbage", func(n *hostileNet, c *call) {
			n.forward(c.raw)
			b := make([]byte, c.rng.IntN(600))
			for i := range b {
				b[i] = byte(c.rng.Uint32())
			}
			switch c.rng.IntN(3) {
			case 0:
				c.write(b) // not even HTTP
			case 1:
				c.write(answerOf(200, "application/json", b))
			default:
				c.write(answerOf(200, "application/json", []byte(`{"status":{"a":[1]},"request_id":7,"data":"`)))
			}
		}},
		{"a page in the place of the answer", func(n *hostileNet, c *call) {
			n.forward(c.raw)
			c.write(page([]int{200, 202, 500, 502, 503}[c.rng.IntN(5)]))
		}},
		{"504, then it runs", func(n *hostileNet, c *call) {
			n.hold(c.raw)
			c.write(page(http.StatusGatewayTimeout))
		}},
	}
}

func tooMany() blow {
	return blow{"429 storm", func(_ *hostileNet, c *call) {
		c.write(answerOf(429, "text/html; charset=utf-8", []byte("<!doctype html>\n<title>429 Too Many Requests</title>\n<p>60 per 1 minute</p>\n")))
	}}
}

// refusals are answers to calls that the service never gets.
func refusals() []blow {
	return []blow{
		{"429 storm", func(n *hostileNet, c *call) {
			n.mu.Lock()
			n.storm = c.rng.IntN(12)
			n.mu.Unlock()
			tooMany().do(n, c)
		}},
		{"503, the queue is full", func(_ *hostileNet, c *call) {
			c.write(answerOf(503, "application/json", []byte(`{"error": "Error: Request queue is full. Please try again later.", "status": "error"}`)))
		}},
		{"page of a proxy that passes nothing on", func(_ *hostileNet, c *call) {
			c.write(page([]int{302, 403, 404, 408, 502, 503}[c.rng.IntN(6)]))
		}},
	}
}

// broken are what the service itself does while a call is under way.
func broken() []blow {
	cloud := func(kind vaultsim.FaultKind) func(*hostileNet, *call) {
		return func(n *hostileNet, c *call) {
			armed := n.sim.Arm(vaultsim.Fault{Kind: kind, Any: true})
			defer armed.Disarm()
			c.write(n.forward(c.raw))
		}
	}
	return []blow{
		{"restart before", func(n *hostileNet, c *call) { n.sim.Restart(); c.write(n.forward(c.raw)) }},
		{"restart after", func(n *hostileNet, c *call) {
			answer := n.forward(c.raw)
			n.sim.Restart()
			c.write(answer)
		}},
		{"restart while it runs", cloud(vaultsim.RestartBefore)},
		{"restart when it has run", cloud(vaultsim.RestartAfter)},
		{"the cloud's answer is lost before", cloud(vaultsim.UpstreamBefore)},
		{"the cloud's answer is lost after", cloud(vaultsim.UpstreamAfter)},
		{"the cloud throttles", cloud(vaultsim.Throttled)},
	}
}
