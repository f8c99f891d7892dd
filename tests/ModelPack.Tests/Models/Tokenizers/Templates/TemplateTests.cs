using System.Text.Json;
using ModelPack.Models;
using ModelPack.Models.Tokenizers.Texts;

namespace ModelPack.Tests.Models.Tokenizers.Templates;

/// <summary>The part of Jinja that chat templates use. What is expected was given by Jinja 3.1 itself, set up as Transformers does.</summary>
public sealed class TemplateTests
{
    private const string Conversation = """{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hey"}]}""";

    public static TheoryData<string, string> Cases => new()
    {
        { "{{ 1 + 2 * 3 - 4 // 3 }} {{ 7 % 3 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 1 / 2 }}", "6 1 -4 2 0.5" },
        { "{{ \"a\" ~ 1 ~ none ~ true ~ 1.5 }}", "a1NoneTrue1.5" },
        { "{{ not true or false and true }} {{ 0 or \"x\" }} {{ \"\" and 1 }}|", "False x |" },
        { "{{ 1 < 2 }} {{ \"a\" < \"b\" }} {{ 1 == 1.0 }} {{ true == 1 }} {{ \"1\" == 1 }} {{ none == none }} {{ [1] == [1] }} {{ {\"a\": 1} == {\"a\": 1} }}", "True True True True False True True True" },
        { "{{ \"a\" in \"cab\" }} {{ \"z\" not in \"cab\" }} {{ 1 in [1, 2] }} {{ \"a\" in {\"a\": 1} }} {{ not 3 in [3] }}", "True True True True False" },
        { "{{ undefinedname }}|{{ undefinedname is defined }}|{{ messages[0].nothing is undefined }}|{{ messages[9] is defined }}", "|False|True|False" },
        { "{{ messages[-1].content }} {{ messages[0][\"role\"] }} {{ messages|length }} {{ messages[0].content|length }}", "Hey user 2 2" },
        { "{{ \"abcdef\"[1:3] }} {{ \"abcdef\"[::-1] }} {{ \"abcdef\"[-2:] }} {{ \"abcdef\"[:-4] }} {{ \"abcdef\"[::2] }} {{ \"abc\"[5:] }}|{{ \"abc\"[-9:2] }}|{{ \"abcdef\"[4:1:-1] }}", "bc fedcba ef ab ace |ab|edc" },
        { "{{ [1,2,3,4][1:][0] }} {{ [1,2,3][::-1]|join(\",\") }} {{ ([1,2]+[3])|join }}", "2 3,2,1 123" },
        { "{{ \" x \".strip() }}|{{ \"xxaxx\".strip(\"x\") }}|{{ \"xxaxx\".lstrip(\"x\") }}|{{ \"xxaxx\".rstrip(\"x\") }}|{{ \"\\n a \\n\"|trim }}", "x|a|axx|xxa|a" },
        { "{{ \"a,b,,c\".split(\",\")|join(\"-\") }} {{ \" a  b \".split()|join(\"-\") }} {{ \"a,b,c\".split(\",\", 1)|join(\"-\") }} {{ \"a b  c \".split(none, 1)|join(\"-\") }}|", "a-b--c a-b a-b,c a-b  c |" },
        { "{{ \"Hello World\".upper() }} {{ \"HELLO\".lower() }} {{ \"hello wORLD\".title() }} {{ \"hELLO\".capitalize() }} {{ \"aXbX\".replace(\"X\", \"--\") }} {{ \"aXbX\".replace(\"X\", \"\", 1) }} {{ \"abc\".find(\"c\") }} {{ \"abc\".startswith(\"ab\") }} {{ \"abc\".endswith(\"bc\") }}", "HELLO WORLD hello Hello World Hello a--b-- abX 2 True True" },
        { "{% for x in [1,2,3] %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex }};{% endfor %}", "10TrueFalse33;21FalseFalse32;32FalseTrue31;" },
        { "{% for x in [] %}no{% else %}empty{% endfor %}", "empty" },
        { "{% for x in range(5) if x is odd %}{{ x }}{{ loop.last }}{% endfor %} {{ range(2, 8, 3)|list|join(\",\") }} {{ range(3, 0, -1)|join }}", "1False3True 2,5 321" },
        { "{% for k, v in {\"a\": 1, \"b\": 2}.items() %}{{ k }}={{ v }};{% endfor %}{% for k, v in {\"b\": 1, \"a\": 2}|dictsort %}{{ k }}{% endfor %}", "a=1;b=2;ab" },
        { "{% for x in range(9) %}{% if x == 2 %}{% continue %}{% endif %}{% if x == 5 %}{% break %}{% endif %}{{ x }}{% endfor %}", "0134" },
        { "{% set a = 1 %}{% for x in [1,2] %}{% set a = a + x %}{{ a }}{% endfor %}{{ a }}", "231" },
        { "{% set ns = namespace(a=1) %}{% for x in [1,2] %}{% set ns.a = ns.a + x %}{% endfor %}{{ ns.a }}", "4" },
        { "{% if true %}{% set b = 2 %}{% endif %}{{ b }}", "2" },
        { "{% set c %}x{{ 1 }}y{% endset %}{{ c|upper }}", "X1Y" },
        { "{% macro m(a, b=\"d\", c=none) %}[{{ a }}{{ b }}{{ c }}]{% endmacro %}{{ m(1) }}{{ m(1, c=2) }}{{ m(b=3, a=4) }}{{ m() }}", "[1dNone][1d2][43None][dNone]" },
        { "{% macro f(n) %}{% if n > 0 %}{{ n }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(5) }}", "54321" },
        { "{% set o = 1 %}{% macro g() %}{{ o }}{% set o = 2 %}{{ o }}{% endmacro %}{{ g() }}{{ o }}", "121" },
        { "{{ {\"a\": [1, \"\u00e9\\\"\\n\", true, none, 1.5, {}], \"b\": []}|tojson }}", "{\"a\": [1, \"\u00e9\\\"\\n\", true, null, 1.5, {}], \"b\": []}" },
        { "{{ {\"b\": 1, \"a\": {\"x\": [1, 2]}}|tojson(indent=2) }}", "{\n  \"b\": 1,\n  \"a\": {\n    \"x\": [\n      1,\n      2\n    ]\n  }\n}" },
        { "{{ \"\u00e9\ud83d\ude00\"|tojson(ensure_ascii=true) }} {{ {\"b\": 1, \"a\": 2}|tojson(sort_keys=true) }}", "\"\\u00e9\\ud83d\\ude00\" {\"a\": 2, \"b\": 1}" },
        { "{{ messages|map(attribute=\"role\")|join(\",\") }} {{ [\"a\",\"b\"]|map(\"upper\")|join }} {{ messages|selectattr(\"role\", \"equalto\", \"user\")|list|length }} {{ messages|rejectattr(\"role\", \"equalto\", \"user\")|map(attribute=\"content\")|first }} {{ [1,2,3,4]|select(\"even\")|join }} {{ [0,1,2]|reject(\"odd\")|join }} {{ [0,1,\"\"]|select|list|length }}", "user,assistant AB 1 Hey 24 02 1" },
        { "{{ undefinedname|default(\"d\") }} {{ \"\"|default(\"d\") }}|{{ \"\"|default(\"d\", true) }} {{ none|d(\"x\") }} {{ 0|default(5, boolean=true) }}", "d |d None 5" },
        { "{{ 5 is number }} {{ \"a\" is string }} {{ none is none }} {{ {} is mapping }} {{ [] is iterable }} {{ \"a\" is iterable }} {{ 5 is iterable }} {{ [] is sequence }} {{ true is boolean }} {{ 5 is integer }} {{ 5.0 is float }} {{ 4 is divisibleby 2 }} {{ 4 is even }} {{ \"a\" is in [\"a\"] }} {{ 1 is eq 1 }} {{ true is true }} {{ false is false }} {{ messages is not string }}", "True True True True True True False True True True True True True True True True True True" },
        { "{{ \"a\" if true }} {{ \"a\" if false }}| {{ \"a\" if false else \"b\" if false else \"c\" }}", "a | c" },
        { "{{ [1,2,3]|first }}{{ [1,2,3]|last }}{{ \"abc\"|first }}{{ \"abc\"|reverse }}{{ [1,2]|reverse|join }} {{ \"42\"|int + 1 }} {{ 3.9|int }} {{ -3|abs }} {{ \"x\"|string ~ 3|string }}", "13acba21 43 3 3 x3" },
        { "a{#- c -#}b {# c #} d", "ab  d" },
        { "  {% if true %}\n    x\n  {% endif %}\ny{%- if true -%} z {%- endif -%} w", "    x\nyzw" },
        { "{{ \"a\" \"b\" }} {{ 'it''s' }} {{ \"q\\\"q\" }} {{ 'a\\\\b' }} {{ \"}}\" }} {{ {\"a\": {\"b\": 1}}[\"a\"][\"b\"] }}", "ab its q\"q a\\b }} 1" },
        { "{{ \"\ud83d\ude00\u00e9\"|length }} {{ \"\ud83d\ude00\u00e9\"[0] }} {{ \"\ud83d\ude00\u00e9\"[::-1] }} {% for c in \"\ud83d\ude00\u00e9\" %}{{ c }}.{% endfor %}", "2 \ud83d\ude00 \u00e9\ud83d\ude00 \ud83d\ude00.\u00e9." },
        { "{{ strftime_now(\"%Y-%m-%d\") }} {{ strftime_now(\"%d %B %Y %b %%\") }}", "2025-01-01 01 January 2025 Jan %" },
        { "{% generation %}g{{ 1 }}{% endgeneration %}", "g1" },
        { "{{ dict(a=1, b=\"x\")|tojson }} {{ {\"a\": 1}|items|list|length }} {{ {\"a\": 1}.values()|list|first }} {{ {\"a\":1, \"b\":2}|length }}", "{\"a\": 1, \"b\": \"x\"} 1 1 2" },
        { "{% set l = [] %}{% set _ = l.append(1) %}{% set _ = l.append(2) %}{{ l.pop(0) }}{{ l|length }}{{ l.pop() }}", "112" },
        { "{% for a in [1,2] %}{% for b in [3,4] %}{{ a }}{{ b }}{{ loop.index }} {% endfor %}{{ loop.index }}{% endfor %}", "131 142 1231 242 2" },
        { "{% for m in messages %}{{ loop.previtem.role if loop.previtem is defined }}>{{ loop.nextitem.role if loop.nextitem is defined }};{% endfor %}", ">assistant;user>;" },
        { "{% if messages and messages[0].role == \"system\" %}s{% elif messages[0]['role'] == 'user' %}u{% else %}o{% endif %}", "u" },
        { "{{ \"%s\"|length }} {{ \"a\\tb\" }} {{ [\"b\", \"a\"]|join(\"\\n\") }} {{ messages|map(attribute=\"nope\", default=\"-\")|join }}", "2 a\tb b\na --" },
        { "{{ {\"get\": 5}[\"get\"] }} {{ {\"items\": 1}.items()|list|length }}", "5 1" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_template_gives_what_Jinja_gives(string template, string expected) => Assert.Equal(expected, Render(template));

    [Theory]
    [InlineData("{{ 'a'|shell }}", "the filter 'shell' is not supported")]
    [InlineData("{{ 1 is prime }}", "the test 'prime' with 0 values is not supported")]
    [InlineData("{% include 'x' %}", "the statement 'include' is not supported")]
    [InlineData("{% import 'os' as os %}", "the statement 'import' is not supported")]
    [InlineData("{{ (1, 2) }}", "a tuple is not supported")]
    [InlineData("{{ 1 < 2 < 3 }}", "a chain of comparisons is not supported")]
    [InlineData("{{ messages }}", "a list as text (without tojson) is not supported")]
    [InlineData("{{ 'a'.format(1) }}", "something undefined cannot be called")]
    [InlineData("{{ ''.__class__.__mro__ }}", "'__mro__' is asked of something undefined")]
    [InlineData("{{ nothing.more }}", "'more' is asked of something undefined")]
    [InlineData("{{ 1 + 'a' }}", "a number + a text")]
    [InlineData("{{ 1 // 0 }}", "a division by 0")]
    [InlineData("{{ 9223372036854775807 + 1 }}", "a number of more than 64 bits")]
    [InlineData("{% set messages.x = 1 %}", "'messages' is no namespace")]
    [InlineData("{{ raise_exception('no system role') }}", "the template refuses the conversation: no system role")]
    [InlineData("{% if 1 %}", "the end of a part where '{%' was expected")]
    [InlineData("{{ 1 ", "the end where '}}' was expected")]
    [InlineData("{# x", "the end where '#}' was expected")]
    [InlineData("{{ 'x }}", "the end where the end of a string was expected")]
    [InlineData("{% endfor %}", "where the end of the template was expected")]
    [InlineData("\n\n{{ nothing.more }}", "line 3: ")]
    public void What_is_wrong_or_not_known_is_refused_by_name(string template, string message) =>
        Assert.Contains(message, Assert.ThrowsAny<ModelPackException>(() => Render(template)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("{% for a in range(999999) %}{% for b in range(999999) %}{% endfor %}{% endfor %}", "steps")]
    [InlineData("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "calls within calls")]
    [InlineData("{% set ns = namespace(s='x') %}{% for a in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}", "characters in a text")]
    [InlineData("{% set ns = namespace(s='xxxxxxxx') %}{% for a in range(99) %}{% set ns.s = ns.s.replace('x', ns.s) %}{% endfor %}", "characters put out")]
    [InlineData("{% set ns = namespace(l=[1]) %}{% for a in range(99) %}{% set ns.l = ns.l + ns.l %}{% endfor %}", "values in a list")]
    [InlineData("{% set ns = namespace(l=[1]) %}{% for a in range(90) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l|tojson }}", "steps")]
    [InlineData("{% set ns = namespace(l=[1], m=[1]) %}{% for a in range(90) %}{% set ns.l = [ns.l, ns.l] %}{% set ns.m = [ns.m, ns.m] %}{% endfor %}{{ ns.l == ns.m }}", "steps")]
    [InlineData("{% set l = [] %}{% set _ = l.append(l) %}{{ l|tojson }}", "levels of values")]
    [InlineData("{{ range(9999999)|list }}", "values in a range")]
    public void A_template_that_would_never_end_or_fill_memory_is_stopped(string template, string message) =>
        Assert.Contains(message, Assert.ThrowsAny<ModelPackException>(() => Render(template)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("(", ")")]
    [InlineData("[", "]")]
    [InlineData("not ", "")]
    [InlineData("-", "")]
    public void Deep_nesting_is_refused(string open, string close)
    {
        string template = "{{ " + string.Concat(Enumerable.Repeat(open, 100_000)) + "1" + string.Concat(Enumerable.Repeat(close, 100_000)) + " }}";
        Assert.ThrowsAny<ModelPackException>(() => Render(template));
    }

    private static string Render(string template)
    {
        using JsonDocument conversation = JsonDocument.Parse(Conversation);
        return ConversationTemplate.Parse(template, new Dictionary<string, string>()).Render("test", conversation.RootElement);
    }
}
