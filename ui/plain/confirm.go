package plain

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"

	"countersign/safetext"
)

// codes is how many codes there are: four digits.
const codes = 10000

// confirm asks for something that cannot be taken back, after all that it rests
// on was printed. The answer is the whole sentence that is asked for, which nobody
// can have typed before: its digits were drawn for this one question. Anything
// else is errNothing.
func (s *session) confirm(verb, what string) error {
	if s.out.err != nil {
		return s.out.err // what was not printed was not read
	}
	n, err := rand.Int(rand.Reader, big.NewInt(codes))
	if err != nil {
		return fmt.Errorf("draw a code: %w", err)
	}
	expected := fmt.Sprintf("%s %04d", verb, n.Int64())
	if s.in.discard() {
		s.out.say("What was typed before this question is thrown away.")
	}
	s.out.write(safetext.Line(fmt.Sprintf("To %s %s, type: %s. Anything else means no:", verb, what, expected)).String() + " ")
	if s.out.err != nil {
		return s.out.err
	}
	typed, err := s.read()
	if err != nil {
		return err
	}
	if strings.Join(strings.Fields(typed), " ") != expected {
		return errNothing
	}
	return nil
}
