package setup

import (
	"context"

	"countersign/workflow"
)

// Values are the answers by key. Those of secret questions are in it as well, until
// they are used.
type Values map[string]string

// Choice is one of the answers to choose among.
type Choice struct{ ID, Label string }

// Question is one field of a page.
type Question struct {
	Key, Label, Hint string
	Secret           bool
	Choices          []Choice // nil for a text
	// When says whether it is asked, by the answers so far; always where it is nil.
	When func(v Values) bool
	// Check says what is wrong with an answer, "" if nothing is.
	Check func(v Values, answer string) string
}

// Asked reports whether a question is asked.
func (q Question) Asked(v Values) bool { return q.When == nil || q.When(v) }

// Wrong says what is wrong with the answer to a question.
func (q Question) Wrong(v Values) string {
	if !q.Asked(v) || q.Check == nil {
		return ""
	}
	return q.Check(v, v[q.Key])
}

// Page is a page of questions.
type Page struct {
	Title string
	// Text explains, a paragraph each. One that begins with a tab is to be copied: it
	// is never joined or wrapped inside words.
	Text func(v Values) []string
	// Questions may be none, for a page that is only read.
	Questions []Question
	// Look looks at the answers, or does what they say; nil where there is nothing to
	// look at.
	Look func(ctx context.Context, v Values) Result
	// Looking says what is waited for meanwhile.
	Looking string
}

// Result is what came of a page.
type Result struct {
	Checks []workflow.Check
	Notes  []string // as Page.Text
	Set    Values   // answers that follow from what was found
	// Stop says that there is no way on, only back.
	Stop bool
	// Done says that everything is done.
	Done bool
}

// Bad reports whether something does not work.
func (r Result) Bad() bool {
	for _, c := range r.Checks {
		if c.State == workflow.CheckBad {
			return true
		}
	}
	return r.Stop
}

// Script is everything that is asked.
type Script struct {
	Pages  []Page
	Values Values // what stands; the answers are put into it
}
