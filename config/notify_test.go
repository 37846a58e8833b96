package config

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
)

func TestNotify(t *testing.T) {
	t.Parallel()
	const least = "[store]\ndir = \"/q\"\n[vault]\nurl = \"http://127.0.0.1:9\"\n[notify]\n"
	c := load(t, least+`command = ["~/bin/tell", "--to", "team"]`+"\nevents = [\"waiting\", \"trouble\"]\nending = \"2 min\"\n")
	if !slices.Equal(c.Outside.Command, []string{"/home/dana/bin/tell", "--to", "team"}) || !slices.Equal(c.Outside.Events, []model.OutsideEvent{"waiting", "trouble"}) ||
		c.Outside.Ending != 2*time.Minute {
		t.Errorf("read %+v", c.Outside)
	}
	for _, bad := range []struct{ line, want string }{
		{`command = "tell"`, "a list of texts"},
		{`command = []`, "the program and its arguments"},
		{`command = ["tell the team"]`, "write the whole path"},
		{`command = ["/bin/tell", "a\u0000b"]`, "control characters"},
		{`events = ["wating"]`, "is no event"},
	} {
		_, err := Load(write(t, least+bad.line+"\n"), home())
		if err == nil || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("%s: %v, want %q", bad.line, err, bad.want)
		}
	}
}
