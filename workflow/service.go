package workflow

import (
	"time"

	"countersign/model"
	"countersign/seal"
	"countersign/store"
)

// Settings are the parts of the configuration that the verbs keep.
type Settings struct {
	// Policies are by catalog item; Default is used where an item has none.
	Policies map[model.ItemKey]model.Policy
	Default  model.Policy
	// Rules are policies for some requests about an item only; the first that fits
	// goes before Policies and Default.
	Rules map[model.ItemKey][]model.PolicyRule
	// Recipients are who sealed answers are sealed to: the worker first. Nothing
	// secret can be ordered without one.
	Recipients []seal.Recipient
	// FactsMaxAge is how old an answer of the vault about one record may be
	// before it is asked again; 0 means 30 s.
	FactsMaxAge time.Duration
	// LogKeep is how long the worker keeps lines of the application log and of the
	// vault traffic; 0 keeps them for ever. LogMost is how many bytes these may take;
	// 0 sets no limit.
	LogKeep time.Duration
	LogMost int64
	// Portal is what people may search, and which titles they see.
	Portal model.Portal
}

// policies lists every policy that a request for an item can get: its own first.
func (s Settings) policies(item model.ItemKey) []model.Policy {
	own, ok := s.Policies[item]
	if !ok {
		own = s.Default
	}
	all := []model.Policy{own}
	for _, r := range s.Rules[item] {
		all = append(all, r.Policy)
	}
	return all
}

// policy returns the policy for an item and the access that is asked for at t.
func (s Settings) policy(item model.ItemKey, asked model.Access, t time.Time) model.Policy {
	return model.PolicyFor(s.Rules[item], s.policies(item)[0], asked, t)
}

// Service offers the verbs and the lists. It is safe for concurrent use.
type Service struct {
	db        *store.DB
	settings  Settings
	check     func(Order) error
	now       func() time.Time
	facts     factsCache
	asking    asking
	news      news
	endpoints EndpointSettings
}

// Options configure a Service.
type Options struct {
	Settings Settings
	Now      func() time.Time // nil means time.Now
	// Check says why no vault service could take an order, so that it is known
	// when it is asked for and not when it is sent; nil means that it is not asked.
	Check func(Order) error
	// Endpoints is what is configured about endpoint requests.
	Endpoints EndpointSettings
}

// New returns a service over an open store.
func New(db *store.DB, opt Options) *Service {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	return &Service{db: db, settings: opt.Settings, check: opt.Check, now: opt.Now, endpoints: opt.Endpoints}
}

// Policy returns how a request for an item and that access would be approved and
// fulfilled if it were submitted now.
func (s *Service) Policy(item model.ItemKey, asked model.Access) model.Policy {
	return s.settings.policy(item, asked, s.now())
}
