package approvals

import (
	"testing"
	"time"

	"countersign/model"
	"countersign/workflow"
)

const folderUID = model.UID("FoLdErFoLdErFoLdErFoLd")

// one is a queue with a single request, whose target the vault knows as facts.
func one(facts *model.RecordFacts, change func(*workflow.CaseView)) *queue {
	q := &queue{cases: map[model.Number]*workflow.CaseView{}, facts: map[model.UID]model.RecordFacts{}, decideErr: map[model.Number]error{}}
	q.add("REQ0010042", "alice", change)
	if facts != nil {
		facts.Read = noon.Add(-12 * time.Second)
		q.facts[facts.UID] = *facts
	}
	return q
}

// asks makes a request one of an item.
func asks(c *workflow.CaseView, key model.ItemKey, target model.Target, a model.Access, answers ...model.Answer) {
	c.Item, _ = model.FindItem(key)
	c.Request.Item, c.Request.Target, c.Request.Asked, c.Request.Allowed, c.Request.Answers = key, target, a, a, answers
	c.Request.Justification = "INC0012345: month's end, the auditors wait for it"
}

// payroll is a folder, or one inside another.
func payroll(inside bool) *model.RecordFacts {
	f := &model.RecordFacts{Kind: model.TargetFolder, UID: folderUID, Title: "Payroll", Path: "Payroll", Records: 14, Default: model.RightView,
		Shares: []model.Holder{{Email: "omar@example.com", Share: model.Share{Right: model.RightAll}}}}
	if inside {
		f.Path, f.Whole = "Finance / Payroll", model.Target{Kind: model.TargetFolder, UID: "Fin4nceF0lderFin4nceFA", Title: "Finance"}
	}
	return f
}

func folderQueue(inside bool) *queue {
	return one(payroll(inside), func(c *workflow.CaseView) {
		asks(c, model.ItemFolderAccess, model.Target{Kind: model.TargetFolder, UID: folderUID, Title: "Payroll"},
			model.Access{Right: model.RightManageRecords, Limit: model.For(7 * 24 * time.Hour)})
		c.Warnings = []string{"the folder holds 14 records, 1 member"}
		if inside {
			c.Warnings = []string{`"Payroll" lies in the shared folder "Finance", and Keeper shares only the whole of that: 14 records, 1 member`}
		}
	})
}

func linkQueue(kind string) *queue {
	f := &model.RecordFacts{Kind: model.TargetRecord, UID: aliceUID, Title: "vpn-gateway", Type: kind, Path: "Infrastructure / Network", Owner: "omar@example.com"}
	return one(f, func(c *workflow.CaseView) {
		asks(c, model.ItemOneTimeShare, model.Target{Kind: model.TargetRecord, UID: aliceUID, Title: "vpn-gateway", Type: kind},
			model.Access{Right: model.RightEdit, Limit: model.For(90 * 24 * time.Hour)})
	})
}

func storeQueue() *queue {
	return one(payroll(false), func(c *workflow.CaseView) {
		asks(c, model.ItemDatabase, model.Target{Kind: model.TargetFolder, UID: folderUID, Title: "Payroll"}, model.Access{},
			model.Answer{Field: model.FieldTitle, Value: "payroll @ db7"}, model.Answer{Field: "dbtype", Value: "PostgreSQL"}, model.Answer{Field: "host", Value: "db7:5432"},
			model.Answer{Field: "login", Value: "payroll"}, model.Answer{Field: "password", Value: "generate random 24"}, model.Answer{Field: model.FieldShareIt, Value: "edit"})
		c.Warnings = []string{"alice@example.com gets edit on the new record, permanently"}
	})
}

func searchQueue() *queue {
	return one(nil, func(c *workflow.CaseView) {
		asks(c, model.ItemSearchRecord, model.Target{Kind: model.TargetRecord}, model.Access{}, model.Answer{Field: model.FieldWords, Value: "payroll database"})
	})
}

// deciding is the decision on the only request.
func deciding(q func() *queue, keys ...string) func(t *testing.T, w, h int) *desk {
	return func(t *testing.T, w, h int) *desk {
		d := sit(t, q(), w, h)
		d.openFirst("a")
		d.press(keys...)
		return d
	}
}

func catalogScreens() []goldenScreen {
	detail := func(q func() *queue) func(t *testing.T, w, h int) *desk {
		return func(t *testing.T, w, h int) *desk {
			d := sit(t, q(), w, h)
			d.press("enter")
			return d
		}
	}
	return []goldenScreen{
		{"folder-approve", deciding(func() *queue { return folderQueue(false) })},
		{"folder-lowered", deciding(func() *queue { return folderQueue(false) }, "left")},
		{"subfolder-detail", detail(func() *queue { return folderQueue(true) })},
		{"subfolder-approve", deciding(func() *queue { return folderQueue(true) })},
		{"link-approve", deciding(func() *queue { return linkQueue("serverCredentials") })},
		{"link-pam-detail", detail(func() *queue { return linkQueue("pamUser") })},
		{"store-detail", detail(storeQueue)},
		{"store-approve", deciding(storeQueue)},
		{"search-approve", deciding(searchQueue)},
	}
}

func TestTheRightsOnAFolderAndTheLifeOfALinkMayBeLowered(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		queue *queue
		keys  []string
		want  model.Access
		shows string
	}{
		{"membership alone", folderQueue(false), []string{"left"}, model.Access{Right: model.RightNone, Limit: model.For(7 * 24 * time.Hour)},
			"alice@example.com gets membership of the folder Payroll"},
		{"a folder for a shorter time", folderQueue(false), []string{"tab", "left"},
			model.Access{Right: model.RightManageRecords, Limit: model.For(24 * time.Hour)}, "gets membership with managing records of"},
		{"a link that only shows", linkQueue("login"), []string{"left"}, model.Access{Right: model.RightView, Limit: model.For(90 * 24 * time.Hour)},
			"alice@example.com gets view, by a link, on vpn-gateway"},
		{"a link that lives shorter", linkQueue("login"), []string{"tab", "left", "left"}, model.Access{Right: model.RightEdit, Limit: model.For(7 * 24 * time.Hour)},
			"until about 28 Nov"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := sit(t, tt.queue, 120, 32)
			d.openFirst("a")
			d.press(tt.keys...)
			d.shows(tt.shows)
			if got, err := d.tab.decision.access(); got != tt.want || err != nil {
				t.Errorf("allowed = %v, %v, want %v\n%s", got, err, tt.want, d.screen())
			}
		})
	}
}

func TestOfWhatIsStoredNothingCanBeLowered(t *testing.T) {
	t.Parallel()
	d := sit(t, storeQueue(), 120, 32)
	d.openFirst("a")
	d.shows("payroll @ db7 (Database credentials) is stored, and alice@example.com gets edit", "create payroll @ db7 (databaseCredentials) in Payroll")
	d.hides("Rights", "may be lowered")
	if d.tab.decision.allow != nil {
		t.Error("something can be lowered")
	}
}

func TestALinkThatKeeperDoesNotMakeIsWarnedOf(t *testing.T) {
	t.Parallel()
	d := sit(t, linkQueue("pamUser"), 120, 32)
	d.shows("▲ Keeper makes no one-time links to records of", "cannot be done: Keeper makes no")
}

func TestTogetherEveryItemIsShownInFull(t *testing.T) {
	t.Parallel()
	q := folderQueue(true)
	other := storeQueue().cases["REQ0010042"]
	other.Request.Number, other.Request.ID = "REQ0010043", 43
	q.cases["REQ0010043"] = other
	q.order = append(q.order, "REQ0010043")
	d := sit(t, q, 160, 60)
	d.press("space", "space", "a")
	d.shows("2 requests will be approved as shown", "lies in the shared folder", "generated in the vault: 24 random characters", "create payroll @ db7", "edit on the new record, permanent")
}
