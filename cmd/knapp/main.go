// Command knapp joins the button phones of a family's children to the family's XMPP accounts.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"
	_ "time/tzdata" // a small system has no time zones of its own

	"github.com/alecthomas/kong"
)

// version is set by the Makefile.
var version = ""

// commandLine is every sub-command and its flags.
type commandLine struct {
	Config string `help:"The configuration file (${default})." default:"/etc/knapp/knapp.toml" placeholder:"FILE"`

	Run     runCommand    `cmd:"" help:"Run the gateway."`
	Demo    demoCommand   `cmd:"" help:"Run the whole gateway on a software modem, with phones and a chat in the browser."`
	Status  statusCommand `cmd:"" help:"Show how the running gateway is."`
	Log     logCommand    `cmd:"" help:"Show who wrote to whom, when, and what became of it."`
	Audit   auditCommand  `cmd:"" help:"Show who read, exported or changed what."`
	Approve struct {
		List  approveList  `cmd:"" default:"1" help:"Show what waits for an answer."`
		Allow approveAllow `cmd:"" help:"Let somebody in, both ways and for good."`
		Once  approveOnce  `cmd:"" help:"Let somebody in for 24 hours."`
		Block approveBlock `cmd:"" help:"Say no: the address is blocked, and what it wrote forgotten."`
		Undo  approveUndo  `cmd:"" help:"Take an answer back within 24 hours."`

		Stops   approveStops   `cmd:"" help:"Show what was stopped: loops, storms, a phone that asks for ever."`
		Release approveRelease `cmd:"" help:"Open again what was stopped."`
		Limits  approveLimits  `cmd:"" help:"Show a child's budget, or set it."`
	} `cmd:"" help:"Answer what strangers and children ask, and release what was stopped."`
	Setup struct {
		XMPP setupXMPP `cmd:"" name:"xmpp" help:"Print or write the few lines that Prosody or ejabberd needs, and try them."`

		Certificate setupCertificate `cmd:"" help:"Make a certificate for the console on a home network, and say how phones learn to trust it."`
	} `cmd:"" help:"Set up what stands around the gateway."`
	Invite  inviteCommand  `cmd:"" help:"Make a link by which a guardian chooses a password for the console."`
	Watch   watchCommand   `cmd:"" help:"Watch a gateway from another machine, and tell when it has gone quiet."`
	Version versionCommand `cmd:"" help:"Print the version."`
	Backup  backupCommand  `cmd:"" help:"Copy the family and the log, without any text."`
	Restore restoreCommand `cmd:"" help:"Put a copy in the place of the database of a stopped gateway."`
	Resume  resumeCommand  `cmd:"" help:"Let a restored gateway send again."`
	Modem   modemCommand   `cmd:"" help:"The modems: what is plugged in, and how it stands."`
	Family  struct {
		Apply  familyApply  `cmd:"" help:"Make the family what a document says, all of it or nothing."`
		Export familyExport `cmd:"" help:"Print the family as the document that apply reads."`
	} `cmd:"" help:"The children, their guardians and contacts, and who may write to whom."`
	SIM struct {
		Adopt simAdopt `cmd:"" help:"Let a modem relay with the SIM that is in it now."`
	} `cmd:"" name:"sim" help:"The SIM cards in the modems."`
	CheckConfig struct {
		Check configCheckCommand `cmd:"" help:"Check the configuration and say what is wrong in it."`
	} `cmd:"" name:"config" help:"The configuration file."`
}

// keeper is whoever sits at the terminal: the configuration that was named, and where to print.
type keeper struct {
	configFile string
	out, err   io.Writer
}

// with does something with the running gateway, or with the database when none runs.
func (k keeper) with(ctx context.Context, do func(operations) error) error {
	c, err := loadConfig(k.configFile)
	if err != nil {
		return err
	}
	ops, done, err := connect(ctx, c)
	if err != nil {
		return offerRestore(ctx, c, k.configFile, err)
	}
	defer done()
	return do(ops)
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// The exit codes. A usage error is the keeper's slip, not the gateway's fault.
const (
	exitFailed = 1
	exitUsage  = 2
)

// run is the whole program but for the end of the process.
func run(args []string, stdout, stderr io.Writer) int {
	var cli commandLine
	exited := -1
	parser, err := kong.New(&cli,
		kong.Name("knapp"),
		kong.Description("A gateway between children's button phones and their family's chat."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exited = code }),
		kong.UsageOnError(),
	)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "knapp:", err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited // --help was printed
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "knapp: %v\nTry: knapp --help\n", err)
		return exitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	parsed.BindTo(ctx, (*context.Context)(nil))
	parsed.Bind(keeper{configFile: cli.Config, out: stdout, err: stderr})
	if err := parsed.Run(); err != nil && !errors.Is(err, context.Canceled) {
		_, _ = fmt.Fprintln(stderr, "knapp:", err)
		return exitFailed
	}
	return 0
}

// quiet is for whoever has no log.
var quiet = slog.New(slog.DiscardHandler)

func printJSON(out io.Writer, v any) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(k keeper) error {
	_, err := fmt.Fprintf(k.out, "knapp %s %s/%s %s\n", versionText(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	return err
}

func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

type configCheckCommand struct{}

// Run checks the configuration.
func (configCheckCommand) Run(k keeper) error {
	c, err := loadConfig(k.configFile)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(k.out, "%s is good: %d modem(s), %s at %s, data in %s\n",
		k.configFile, len(c.Modems), c.XMPP.Domain, c.XMPP.Server, c.DataDir)
	return err
}

type logCommand struct {
	Child  string `help:"Only this child's." placeholder:"NAME"`
	Limit  int    `help:"How many entries." default:"50" short:"n"`
	Before int64  `help:"Only entries older than this one." placeholder:"ID"`
	Why    bool   `help:"Say in words why each was let through, held or refused."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

type statusCommand struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// ago is how long something has lasted, as a person says it.
func ago(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return time.Since(t).Round(time.Second).String()
}
