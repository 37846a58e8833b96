package workflow_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/vaultclient/vaultsim"
)

// hostileNet stands between the worker and the vault service and does to every
// call what networks, proxies and dying hosts do. It knows bytes and HTTP, and
// nothing of the program.
type hostileNet struct {
	t        testing.TB
	listener net.Listener
	to       string // host and port of the service
	sim      *vaultsim.Server
	serving  sync.WaitGroup

	mu      sync.Mutex
	rng     *rand.Rand
	chance  float64 // of a call to be struck
	blows   []blow  // what may strike
	storm   int     // so many more calls get 429
	calls   int     // while something may strike
	quiet   int     // while nothing may
	struck  map[string]int
	held    [][]byte       // calls that are delivered later
	ids     []string       // that the service gave out
	doubled map[string]int // how often the network delivered a command once more
	conns   map[net.Conn]bool
	closed  bool
	slow    int // calls that are delayed at this moment
	prompt  *sync.Cond
}

// blow is one thing that can happen to a call.
type blow struct {
	name string
	do   func(n *hostileNet, c *call)
}

// call is one HTTP call as the network sees it.
type call struct {
	conn net.Conn
	raw  []byte // the whole request
	path string
	rng  *rand.Rand
}

// newHostileNet puts a network before a service. It is calm at first.
func newHostileNet(t testing.TB, sim *vaultsim.Server, seed uint64) *hostileNet {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &hostileNet{t: t, listener: l, to: strings.TrimPrefix(sim.URL(), "http://"), sim: sim,
		rng: rand.New(rand.NewPCG(seed, 2)), struck: map[string]int{}, doubled: map[string]int{}, conns: map[net.Conn]bool{}}
	n.prompt = sync.NewCond(&n.mu)
	n.serving.Go(n.accept)
	t.Cleanup(n.close)
	return n
}

func (n *hostileNet) url() string { return "http://" + n.listener.Addr().String() }

// close ends every connection and waits for all goroutines.
func (n *hostileNet) close() {
	_ = n.listener.Close()
	n.mu.Lock()
	n.closed = true
	for c := range n.conns {
		_ = c.Close()
	}
	n.mu.Unlock()
	n.serving.Wait()
}

// rage lets some blows strike from now on, with a chance for each call; calm ends
// that, and delivers what is still under way.
func (n *hostileNet) rage(chance float64, blows []blow) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.chance, n.blows = chance, blows
}

func (n *hostileNet) calm() {
	n.rage(0, nil)
	n.mu.Lock()
	n.storm = 0
	n.mu.Unlock()
	n.deliver()
}

// deliver delivers the calls that the network has held back. Nobody waits for
// their answers any more.
func (n *hostileNet) deliver() {
	n.mu.Lock()
	held := n.held
	n.held = nil
	n.mu.Unlock()
	for _, raw := range held {
		n.forward(raw)
	}
}

// dawdles counts the calls that are delayed.
func (n *hostileNet) dawdles(more int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.slow += more
	n.prompt.Broadcast()
}

// arrives returns when no call is delayed any more.
func (n *hostileNet) arrives() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for n.slow > 0 {
		n.prompt.Wait()
	}
}

// hold keeps a call to be delivered later. It is kept from its beginning on, so that
// it is not older than who delivers it thinks.
func (n *hostileNet) hold(raw []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.held = append(n.held, raw)
}

// counted are the calls so far, with those while the network was calm beside them, and
// how often each blow has struck.
func (n *hostileNet) counted() (calls, quiet int, struck map[string]int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.calls, n.quiet, maps.Clone(n.struck)
}

// again is how often the network itself delivered commands once more that hold all
// of some texts.
func (n *hostileNet) again(parts ...string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	times := 0
	for text, more := range n.doubled {
		if !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(text, part) }) {
			times += more
		}
	}
	return times
}

func (n *hostileNet) accept() {
	for {
		conn, err := n.listener.Accept()
		if err != nil {
			return
		}
		if !n.track(conn) {
			return
		}
		n.serving.Go(func() {
			defer n.untrack(conn)
			n.serve(conn)
		})
	}
}

// track notes a connection to be closed at the end; false once that has come.
func (n *hostileNet) track(conn net.Conn) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		_ = conn.Close()
		return false
	}
	n.conns[conn] = true
	return true
}

func (n *hostileNet) untrack(conn net.Conn) {
	_ = conn.Close()
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.conns, conn)
}

// serve reads one call and lets happen to it what happens.
func (n *hostileNet) serve(conn net.Conn) {
	var raw bytes.Buffer
	req, err := http.ReadRequest(bufio.NewReader(io.TeeReader(conn, &raw)))
	if err != nil {
		return
	}
	if _, err := io.Copy(io.Discard, req.Body); err != nil {
		return
	}
	c := &call{conn: conn, raw: raw.Bytes(), path: req.URL.Path}
	if n.slips() {
		n.deliver()
	}
	if b, strikes := n.next(c); strikes {
		b.do(n, c)
		return
	}
	c.write(n.forward(c.raw))
}

// slips reports whether what is held back comes through at this moment.
func (n *hostileNet) slips() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.held) > 0 && n.rng.IntN(8) == 0
}

// next chooses what happens to a call.
func (n *hostileNet) next(c *call) (blow, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.chance == 0 {
		n.quiet++
		return blow{}, false
	}
	n.calls++
	c.rng = rand.New(rand.NewPCG(n.rng.Uint64(), 3))
	if n.storm > 0 && c.path != "/health" {
		n.storm--
		n.struck[tooMany().name]++
		return tooMany(), true
	}
	if n.rng.Float64() >= n.chance {
		return blow{}, false
	}
	b := n.blows[n.rng.IntN(len(n.blows))]
	n.struck[b.name]++
	return b, true
}

// forward gives a call to the service and returns all that it answers.
func (n *hostileNet) forward(raw []byte) []byte {
	return n.give(raw, func(*net.TCPConn) {})
}

// cutOff gives the service the beginning of a call, or all of it, and hangs up.
func (n *hostileNet) cutOff(raw []byte) {
	n.give(raw, func(conn *net.TCPConn) { _ = conn.CloseWrite() })
}

func (n *hostileNet) give(raw []byte, then func(*net.TCPConn)) []byte {
	conn, err := net.Dial("tcp", n.to)
	if err != nil || !n.track(conn) {
		return nil
	}
	defer n.untrack(conn)
	if _, err := conn.Write(raw); err != nil {
		return nil
	}
	then(conn.(*net.TCPConn))
	answer, _ := io.ReadAll(conn)
	if id := requestID.FindSubmatch(answer); id != nil {
		n.mu.Lock()
		n.ids = append(n.ids, string(id[1]))
		n.mu.Unlock()
	}
	return answer
}

var requestID = regexp.MustCompile(`"request_id": ?"([0-9a-f-]{36})"`)

// another returns an id that the service gave out before, or one that it never did.
func (n *hostileNet) another(rng *rand.Rand) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.ids) == 0 || rng.IntN(4) == 0 {
		return fmt.Sprintf("%08x-0000-4000-8000-%012x", rng.Uint32(), rng.Uint32())
	}
	return n.ids[rng.IntN(len(n.ids))]
}

// write answers the caller, and reports whether it is still there.
func (c *call) write(b []byte) bool {
	_, err := c.conn.Write(b)
	return err == nil
}

// orders reports whether the call brings an order.
func (c *call) orders() bool { return c.path == "/api/v2/executecommand-async" }

// abandoned returns when the caller has given up.
func (c *call) abandoned() { _, _ = io.Copy(io.Discard, c.conn) }

// reset lets the connection end as that of a crashed host does.
func (c *call) reset() {
	if tcp, ok := c.conn.(*net.TCPConn); ok && c.rng.IntN(2) == 0 {
		_ = tcp.SetLinger(0)
	}
}

// some is a part of bytes, cut anywhere.
func (c *call) some(b []byte) []byte { return b[:c.rng.IntN(len(b)+1)] }

// answerOf makes an HTTP answer.
func answerOf(code int, kind string, body []byte) []byte {
	return slices.Concat([]byte(fmt.Sprintf("HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n",
		code, http.StatusText(code), kind, len(body))), body)
}

func page(code int) []byte {
	return answerOf(code, "text/html; charset=utf-8",
		fmt.Appendf(nil, "<html><head><title>%d %s</title></head><body><h1>%[2]s</h1></body></html>\n", code, http.StatusText(code)))
}

// splitAnswer cuts an answer into code, head and body; code is 0 where it is none.
func splitAnswer(answer []byte) (code int, body []byte) {
	head, body, found := bytes.Cut(answer, []byte("\r\n\r\n"))
	if !found || len(head) < 12 {
		return 0, nil
	}
	code, _ = strconv.Atoi(string(head[9:12]))
	return code, body
}

// stall is how long the network dawdles at most, several times what the caller
// waits.
const stall = 300 * time.Millisecond
