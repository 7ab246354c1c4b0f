using System.Text;
using Cloister.Processes;
using Cloister.Runs;
using FsCheck;
using FsCheck.Fluent;

namespace Cloister.Tests.Processes;

/// <summary>What engine and shim write for one another comes back as it was, whatever paths and arguments hold.</summary>
public sealed class AttemptFormatTests
{
    [Fact]
    public void any_text_without_nul_comes_back() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>[]>(), texts =>
        {
            // Half a surrogate pair has no bytes of its own: no program could receive it either.
            var values = texts.Select(text => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Get.Replace('\0', ' ')))).ToList();
            var fields = new Fields().Add("first", "a=b\n");
            values.ForEach(value => fields.Add("value", value));

            var read = Fields.Read(fields.ToBytes());

            return read.All("value").SequenceEqual(values) && read.Text("first") == "a=b\n" && read.TextOrNull("fir") is null;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void a_field_that_was_cut_off_is_none()
    {
        var read = Fields.Read("whole=1\0half=2"u8);

        Assert.Equal("1", read.Text("whole"));
        Assert.Throws<FormatException>(() => read.Text("half"));
    }

    [Fact]
    public void what_no_program_could_receive_is_refused() =>
        Assert.Equal("process.argument", Assert.Throws<CloisterException>(() => new Fields().Add("argument", "a\0b")).Code);

    [Fact]
    public void a_spec_comes_back_as_it_was()
    {
        var spec = new AttemptSpec
        {
            Attempt = AttemptRef.Parse("r1/api#2", null),
            InstanceId = "instance",
            Nonce = AttemptSpec.NewNonce(),
            SessionId = Guid.Parse("01a1fcc8-16de-73f5-9f9f-2bea7413806e"),
            Executable = "/opt/a b/claude",
            ExecutableStamp = "fe:1:2:3.4",
            Arguments = ["--tools", "", "two\nlines", "a=b"],
            WorkingDirectory = "/work/ä",
            EnvironmentNames = ["HOME", "PATH"],
            Deadline = new DateTimeOffset(2026, 11, 21, 7, 0, 0, 123, TimeSpan.FromHours(2)),
            OutputLimit = 5,
            StopGrace = TimeSpan.FromMilliseconds(1500),
        };

        var read = AttemptFormat.ReadSpec(Fields.Read(AttemptFormat.Write(spec)));

        Assert.Equal(spec.Arguments, read.Arguments);
        Assert.Equal(spec.EnvironmentNames, read.EnvironmentNames);
        Assert.Equal(spec with { Arguments = [], EnvironmentNames = [] }, read with { Arguments = [], EnvironmentNames = [] });
    }

    [Fact]
    public void a_shim_and_an_end_come_back_as_they_were()
    {
        var at = new DateTimeOffset(2026, 11, 21, 7, 0, 0, TimeSpan.Zero);
        var shim = new ShimRecord("boot", new ProcessIdentity(7, 8), "/run/x.sock", at, new ProcessIdentity(9, 10));
        var end = new AttemptEnd(EndState.Signaled, EndCause.Deadline, Signal: 9, Error: "why", StartedAt: at, EndedAt: at);

        Assert.Equal(shim, AttemptFormat.ReadShim(Fields.Read(AttemptFormat.Write(shim))));
        Assert.Equal(shim with { Agent = null }, AttemptFormat.ReadShim(Fields.Read(AttemptFormat.Write(shim with { Agent = null }))));
        Assert.Equal(end, AttemptFormat.ReadEnd(Fields.Read(AttemptFormat.Write(end))));
        Assert.Equal("a b", ExitRecord.Decode(ExitRecord.Encode(end with { Error = "a\0b" }))!.Error);
    }
}
