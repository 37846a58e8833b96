package workflow

import (
	"crypto/rand"
	"fmt"
	"os"
	"strings"
)

// holderName names a worker of this process in the lease: the host, the process so
// that another one can tell when it has died, and something that no other has.
func holderName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return fmt.Sprintf("%s:%s:%s", host, processName(os.Getpid()), rand.Text()[:8])
}

// died reports whether the process that a holder is of has certainly ended. Then
// nobody renews its lease, and waiting for that to run out would only keep people
// waiting. A worker that were taken for dead in error could still record nothing,
// because of the fence, and what it sent is looked for as after any death.
func died(holder string) bool {
	_, rest, _ := strings.Cut(holder, ":")
	process, _, named := strings.Cut(rest, ":")
	return named && ended(process)
}
